#include "models/layers.h"

namespace tug {
namespace {

constexpr Name kMixerNorm{"input_layernorm.weight", "attn_norm.weight"};
constexpr Name kFfnNorm{"post_attention_layernorm.weight", "ffn_norm.weight"};
constexpr Name kHybridFfnNorm{"post_attention_layernorm.weight", "post_attention_norm.weight"};

}  // namespace

Result<Plan> build_attention_layers(Builder& b, const AttentionSizes& attention,
                                    const FeedForwardSizes& ffn) {
  TUG_TRY(b.check_settings());
  b.for_each_layer([&](const Layer& layer) {
    b.add(layer, kMixerNorm, take_attention(b, layer, attention));
    b.add(layer, kFfnNorm, take_feed_forward(b, layer, ffn));
  });
  return b.finish();
}

Result<Plan> build_hybrid_layers(Builder& b, DeltaNetOrder order, const FeedForwardSizes& ffn) {
  b.set_zero_centred(!b.gguf());
  const std::vector<bool> is_full = read_full_attention_layers(b);
  const AttentionSizes attention = read_attention(b, {.head_norms = true,
                                                      .gated = b.settings().flag({"attn_output_gate"}, true),
                                                      .bias = read_attention_bias(b),
                                                      .head_dim = 256,
                                                      .rotary_share = 0.25});
  const DeltaNetSizes delta_net = read_delta_net(b, order);
  TUG_TRY(b.check_settings());

  auto add_attention_layer = [&](const Layer& layer) {
    b.add(layer, kMixerNorm, take_attention(b, layer, attention));
    b.add(layer, kHybridFfnNorm, take_feed_forward(b, layer, ffn));
  };
  auto add_delta_net_layer = [&](const Layer& layer) {
    b.add(layer, kMixerNorm, take_delta_net(b, layer, delta_net));
    b.add(layer, kHybridFfnNorm, take_feed_forward(b, layer, ffn));
  };
  b.for_each_layer([&](const Layer& layer) {
    is_full[static_cast<size_t>(layer.index)] ? add_attention_layer(layer) : add_delta_net_layer(layer);
  });
  b.for_each_mtp_layer(add_attention_layer);
  return b.finish();
}

}  // namespace tug
