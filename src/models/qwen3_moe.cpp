// Qwen3 MoE: Qwen3-30B-A3B, 235B-A22B, Coder-30B and Coder-480B.
// Attention with norms on query and key heads; every feed-forward is a mixture of experts unless the config
// says otherwise; no shared expert.
#include "models/attention.h"
#include "models/feed_forward.h"

namespace tug {

Result<Plan> build_qwen3_moe(Builder& b) {
  require_full_attention(b, WindowRule::kAll);
  const AttentionSizes attention = read_attention(
      b,
      {.head_norms = true, .bias = b.settings().flag({"attention_bias"}, false) ? Bias::kAll : Bias::kNone});
  // transformers' class does not renormalise unless told to; released models tell it, and GGUF files cannot.
  const FeedForwardSizes ffn = read_moe(b, {.renormalise = b.gguf()});
  TUG_TRY(b.check_settings());

  b.for_each_layer([&](const Layer& layer) {
    b.add(layer, {"input_layernorm.weight", "attn_norm.weight"}, take_attention(b, layer, attention));
    b.add(layer, {"post_attention_layernorm.weight", "ffn_norm.weight"}, take_feed_forward(b, layer, ffn));
  });
  return b.finish();
}

}  // namespace tug
