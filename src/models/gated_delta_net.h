// Gated DeltaNet layers of Qwen3-Next and Qwen3.5: the same mathematics, two orders on disk.
#pragma once

#include "models/builder.h"

namespace tug {

/// How the input projections lie on disk.
enum class DeltaNetOrder {
  kInterleaved,  // Qwen3-Next: rows of q, k, v, z (and of b, a) stand together for each key head
  kSeparate,     // Qwen3.5: four matrices; GGUF has moreover turned [Hk, Hv/Hk] value heads into [Hv/Hk, Hk]
};

struct DeltaNetSizes {
  DeltaNetOrder order;
  int64_t key_heads = 0, value_heads = 0, key_dim = 0, value_dim = 0, conv_kernel = 0;
  bool sigmoid_gate = false;
};

DeltaNetSizes read_delta_net(Builder& builder, DeltaNetOrder order);
GatedDeltaNet take_delta_net(const Builder& builder, const Layer& layer, const DeltaNetSizes& sizes);

}  // namespace tug
