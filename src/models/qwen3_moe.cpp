// Qwen3 MoE: Qwen3-30B-A3B, 235B-A22B, Coder-30B and Coder-480B.
// Attention with norms on query and key heads; every feed-forward is a mixture of experts unless the config
// says otherwise; no shared expert.
#include "models/layers.h"

namespace tug {

Result<Plan> build_qwen3_moe(Builder& b) {
  require_full_attention(b, WindowRule::kAll);
  const AttentionSizes attention = read_attention(b, {.head_norms = true, .bias = read_attention_bias(b)});
  // transformers does not renormalise unless told to. Released models tell it to, and GGUF files cannot say.
  return build_attention_layers(b, attention, read_moe(b, {.renormalise = b.gguf()}));
}

}  // namespace tug
