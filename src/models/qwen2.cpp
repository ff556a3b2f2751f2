// Qwen2 and Qwen2.5, dense: attention with biases on query, key and value, SwiGLU.
#include "models/layers.h"

namespace tug {

Result<Plan> build_qwen2(Builder& b) {
  require_full_attention(b, WindowRule::kFromLayer);
  const AttentionSizes attention = read_attention(b, {.head_norms = false, .bias = Bias::kQkv});
  return build_attention_layers(b, attention, read_dense(b));
}

}  // namespace tug
