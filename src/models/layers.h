// The two orders of blocks that all architectures have. Both check the settings before they take tensors.
#pragma once

#include "models/attention.h"
#include "models/feed_forward.h"
#include "models/gated_delta_net.h"

namespace tug {

/// Every layer: attention, feed-forward (Qwen2, Qwen3).
Result<Plan> build_attention_layers(Builder& builder, const AttentionSizes& attention,
                                    const FeedForwardSizes& ffn);

/// Most layers Gated DeltaNet, every few gated attention, each with a feed-forward; norms stored as w - 1 in
/// safetensors; perhaps an MTP module, whose layers are attention (Qwen3-Next, Qwen3.5).
Result<Plan> build_hybrid_layers(Builder& builder, DeltaNetOrder order, const FeedForwardSizes& ffn);

}  // namespace tug
