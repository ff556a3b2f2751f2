// Softmax attention of all architectures: with or without head norms, gate, biases; Linear attention is
// elsewhere.
#pragma once

#include <vector>

#include "models/builder.h"

namespace tug {

enum class Bias { kNone, kQkv, kAll };

/// What an architecture says of its attention before the config does. GGUF: biases are where their tensors
/// are.
struct AttentionTraits {
  bool head_norms = true;
  bool gated = false;
  Bias bias = Bias::kNone;
  int64_t head_dim = 0;     // when config.json is silent; 0, and in GGUF: hidden / heads
  double rotary_share = 1;  // likewise
};

struct AttentionSizes {
  PerLayer heads, kv_heads;
  int64_t head_dim = 0;
  Rope rope;
  AttentionTraits traits;
};

/// attention_bias, for the architectures that have it: on all four linears.
Bias read_attention_bias(Builder& builder);

AttentionSizes read_attention(Builder& builder, const AttentionTraits& traits);
Attention take_attention(const Builder& builder, const Layer& layer, const AttentionSizes& sizes);

/// How a config may say that a layer sees only a window of the tokens before it.
enum class WindowRule { kFromLayer, kEveryOtherBelow, kAll };

/// Refuses layer kinds other than full attention, and sliding windows, for architectures that have only that.
void require_full_attention(Builder& builder, WindowRule rule);

/// For hybrids: which layers are full attention; the others are linear.
std::vector<bool> read_full_attention_layers(Builder& builder);

}  // namespace tug
