// Qwen3, dense: 0.6B to 32B. Attention with norms on query and key heads, SwiGLU.
#include "models/layers.h"

namespace tug {

Result<Plan> build_qwen3(Builder& b) {
  require_full_attention(b, WindowRule::kFromLayer);
  const AttentionSizes attention =
      read_attention(b, {.head_norms = true, .bias = read_attention_bias(b), .head_dim = 128});
  return build_attention_layers(b, attention, read_dense(b));
}

}  // namespace tug
