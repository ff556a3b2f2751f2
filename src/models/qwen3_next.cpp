// Qwen3-Next-80B-A3B and Qwen3-Coder-Next: hybrid layers, interleaved DeltaNet projections, a mixture of
// experts with a gated shared expert.
#include "models/layers.h"

namespace tug {

Result<Plan> build_qwen3_next(Builder& b) {
  const FeedForwardSizes ffn = read_moe(b, {.shared_expert = true, .renormalise = true});
  return build_hybrid_layers(b, DeltaNetOrder::kInterleaved, ffn);
}

}  // namespace tug
