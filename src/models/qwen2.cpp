// Qwen2 and Qwen2.5, dense: attention with biases on query, key and value, SwiGLU.
#include "models/attention.h"
#include "models/feed_forward.h"

namespace tug {

Result<Plan> build_qwen2(Builder& b) {
  require_full_attention(b, WindowRule::kFromLayer);
  const AttentionSizes attention = read_attention(b, {.head_norms = false, .bias = Bias::kQkv});
  const FeedForwardSizes ffn = read_dense(b);
  TUG_TRY(b.check_settings());

  b.for_each_layer([&](const Layer& layer) {
    b.add(layer, {"input_layernorm.weight", "attn_norm.weight"}, take_attention(b, layer, attention));
    b.add(layer, {"post_attention_layernorm.weight", "ffn_norm.weight"}, take_feed_forward(b, layer, ffn));
  });
  return b.finish();
}

}  // namespace tug
