// The layers that Qwen3-Next and Qwen3.5 have in common: most are Gated DeltaNet, every few gated attention;
// their norms are stored as w - 1 in safetensors; there may be an MTP module, whose layers are attention.
#pragma once

#include "models/feed_forward.h"
#include "models/gated_delta_net.h"

namespace tug {

/// Reads the mixers' settings, checks all settings, and takes all layers.
Result<Plan> build_hybrid(Builder& builder, DeltaNetOrder order, const FeedForwardSizes& ffn);

}  // namespace tug
