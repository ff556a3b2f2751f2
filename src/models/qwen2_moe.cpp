// Qwen2 MoE: Qwen1.5-MoE-A2.7B and Qwen2-57B-A14B.
// Attention with biases on query, key and value; a mixture of experts with a gated shared expert, the chosen
// probabilities used as they are.
#include "models/layers.h"

namespace tug {

Result<Plan> build_qwen2_moe(Builder& b) {
  require_full_attention(b, WindowRule::kEveryOtherBelow);
  const Bias bias = b.settings().flag({"qkv_bias"}, true) ? Bias::kQkv : Bias::kNone;
  const AttentionSizes attention = read_attention(b, {.head_norms = false, .bias = bias});
  return build_attention_layers(b, attention, read_moe(b, {.shared_expert = true, .renormalise = false}));
}

}  // namespace tug
