// Qwen3.5, 3.6 and 3.8 MoE: 35B-A3B to Qwen3.8-2.4T-A95B (whose config is flat and text-only).
// Hybrid layers, separate DeltaNet projections, a mixture of experts in every layer with a gated shared
// expert.
#include "models/hybrid.h"

namespace tug {

Result<Plan> build_qwen3_5_moe(Builder& b) {
  return build_hybrid(
      b, DeltaNetOrder::kSeparate,
      read_moe(b, {.shared_expert = true, .always_renormalises = true, .may_have_dense_layers = false}));
}

}  // namespace tug
