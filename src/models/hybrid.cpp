#include "models/hybrid.h"

#include "models/attention.h"

namespace tug {

Result<Plan> build_hybrid(Builder& b, DeltaNetOrder order, const FeedForwardSizes& ffn) {
  b.set_zero_centred(!b.gguf());
  const std::vector<bool> is_full = read_full_attention_layers(b);
  const AttentionSizes attention =
      read_attention(b, {.head_norms = true,
                         .gated = b.settings().flag({"attn_output_gate"}, true),
                         .bias = b.settings().flag({"attention_bias"}, false) ? Bias::kAll : Bias::kNone,
                         .head_dim = b.gguf() ? 0 : 256,
                         .rotary_share = 0.25});
  const DeltaNetSizes delta_net = read_delta_net(b, order);
  TUG_TRY(b.check_settings());

  constexpr Name kMixerNorm{"input_layernorm.weight", "attn_norm.weight"};
  constexpr Name kFfnNorm{"post_attention_layernorm.weight", "post_attention_norm.weight"};
  b.for_each_layer([&](const Layer& layer) {
    if (is_full[static_cast<size_t>(layer.index)]) {
      b.add(layer, kMixerNorm, take_attention(b, layer, attention));
    } else {
      b.add(layer, kMixerNorm, take_delta_net(b, layer, delta_net));
    }
    b.add(layer, kFfnNorm, take_feed_forward(b, layer, ffn));
  });
  b.for_each_mtp_layer([&](const Layer& layer) {
    b.add(layer, kMixerNorm, take_attention(b, layer, attention));
    b.add(layer, kFfnNorm, take_feed_forward(b, layer, ffn));
  });
  return b.finish();
}

}  // namespace tug
