// Qwen3.5, 3.6 and 3.8, dense: 0.8B to 27B. Hybrid layers, separate DeltaNet projections, SwiGLU.
#include "models/layers.h"

namespace tug {

Result<Plan> build_qwen3_5(Builder& b) {
  return build_hybrid_layers(b, DeltaNetOrder::kSeparate, read_dense(b));
}

}  // namespace tug
