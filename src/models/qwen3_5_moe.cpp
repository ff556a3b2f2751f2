// Qwen3.5, 3.6 and 3.8 MoE: 35B-A3B to Qwen3.8-2.4T-A95B (whose config is flat and text-only).
// Hybrid layers, separate DeltaNet projections, in every layer a mixture of experts with a gated shared
// expert.
#include "models/layers.h"

namespace tug {

Result<Plan> build_qwen3_5_moe(Builder& b) {
  const FeedForwardSizes ffn =
      read_moe(b, {.shared_expert = true, .always_renormalises = true, .may_have_dense_layers = false});
  return build_hybrid_layers(b, DeltaNetOrder::kSeparate, ffn);
}

}  // namespace tug
