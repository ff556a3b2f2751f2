// Qwen2 MoE: Qwen1.5-MoE-A2.7B and Qwen2-57B-A14B.
// Attention with biases on query, key and value; a mixture of experts with a gated shared expert, its chosen
// probabilities used as they are.
#include "models/attention.h"
#include "models/feed_forward.h"

namespace tug {

Result<Plan> build_qwen2_moe(Builder& b) {
  require_full_attention(b, WindowRule::kEveryOtherBelow);
  const AttentionSizes attention = read_attention(
      b, {.head_norms = false, .bias = b.settings().flag({"qkv_bias"}, true) ? Bias::kQkv : Bias::kNone});
  const FeedForwardSizes ffn = read_moe(b, {.shared_expert = true, .renormalise = false});
  TUG_TRY(b.check_settings());

  b.for_each_layer([&](const Layer& layer) {
    b.add(layer, {"input_layernorm.weight", "attn_norm.weight"}, take_attention(b, layer, attention));
    b.add(layer, {"post_attention_layernorm.weight", "ffn_norm.weight"}, take_feed_forward(b, layer, ffn));
  });
  return b.finish();
}

}  // namespace tug
