#include "models/attention.h"

#include "models/rope.h"

namespace tug {
namespace {

using Kind = Problems::Kind;

constexpr Key kHeads{"num_attention_heads", "attention.head_count"};
constexpr Key kKvHeads{"num_key_value_heads", "attention.head_count_kv"};
constexpr Key kHeadDim{"head_dim", "attention.key_length"};
constexpr Key kValueDim{"", "attention.value_length"};

constexpr Key kLayerTypes{"layer_types"};
constexpr Key kRecurrent{"", "attention.recurrent_layers"};
constexpr Key kInterval{"full_attention_interval", "full_attention_interval"};

constexpr Name kFused{"", "attn_qkv.weight"};
constexpr Name kFusedBias{"", "attn_qkv.bias"};

int64_t read_head_dim(Builder& builder, int64_t heads, int64_t otherwise) {
  Settings& settings = builder.settings();
  if ((otherwise == 0 || builder.gguf()) && !settings.has(kHeadDim)) {
    if (heads > 0 && builder.hidden() % heads == 0) return builder.hidden() / heads;
    settings.wrong(kHeadDim, "is absent, and the hidden size is not a multiple of the heads.");
    return 1;
  }
  return settings.integer(kHeadDim, kHeadSizes, otherwise);
}

/// Every layer's query heads must be a multiple of its key/value heads. Layers without heads are not
/// attention.
bool heads_fit(const PerLayer& heads, const PerLayer& kv_heads) {
  const size_t layers = std::max(heads.values().size(), kv_heads.values().size());
  for (size_t i = 0; i < layers; ++i) {
    const int64_t kv = kv_heads.at(static_cast<int64_t>(i));
    if (kv > 0 && heads.at(static_cast<int64_t>(i)) % kv != 0) return false;
  }
  return true;
}

Linear with_bias(const Layer& layer, Name weight, Name bias, int64_t rows, int64_t cols, bool wanted) {
  Linear linear = layer.linear(weight, rows, cols);
  if (wanted) linear.bias = layer.vector(bias, rows);
  return linear;
}

/// GGUF's optional single matrix of all q, all k, all v.
void take_fused(const Layer& layer, int64_t hidden, int64_t q, int64_t kv, Attention& attention) {
  const Stack stack = layer.stack(kFused, q + 2 * kv, hidden);
  attention.q.weight = stack.matrix(0, {0, q});
  attention.k.weight = stack.matrix(0, {q, kv});
  attention.v.weight = stack.matrix(0, {q + kv, kv});
  if (!layer.has(kFusedBias)) return;
  const Vector bias = layer.vector(kFusedBias, q + 2 * kv);
  if (type_info(bias.type).block_elements > 1) {
    return layer.problems().add(Kind::kMisshaped, layer.full(kFusedBias) + " is quantised, expected F32");
  }
  attention.q.bias = slice(bias, 0, q);
  attention.k.bias = slice(bias, q, kv);
  attention.v.bias = slice(bias, q + kv, kv);
}

}  // namespace

Bias read_attention_bias(Builder& builder) {
  return builder.settings().flag({"attention_bias"}, false) ? Bias::kAll : Bias::kNone;
}

AttentionSizes read_attention(Builder& builder, const AttentionTraits& traits) {
  Settings& settings = builder.settings();
  AttentionSizes sizes;
  sizes.traits = traits;
  sizes.heads = settings.per_layer(kHeads, kHeadCounts, builder.layer_count());
  sizes.kv_heads = settings.per_layer(kKvHeads, kHeadCounts, builder.layer_count(), sizes.heads.largest());
  if (!heads_fit(sizes.heads, sizes.kv_heads)) {
    settings.wrong(kHeads, "is not a multiple of " + settings.name(kKvHeads) + ".");
  }
  sizes.head_dim = read_head_dim(builder, sizes.heads.largest(), traits.head_dim);
  if (settings.integer(kValueDim, kHeadSizes, sizes.head_dim) != sizes.head_dim) {
    settings.refuse(kValueDim, "differs from " + settings.name(kHeadDim) + ".");
  }
  sizes.rope = read_rope(builder, sizes.head_dim, traits.rotary_share);
  return sizes;
}

Attention take_attention(const Builder& builder, const Layer& layer, const AttentionSizes& sizes) {
  const int64_t hidden = builder.hidden(), dim = sizes.head_dim;
  const int64_t heads = sizes.heads.at(layer.index), kv_heads = sizes.kv_heads.at(layer.index);
  const AttentionTraits& traits = sizes.traits;
  Attention attention;
  attention.rope = sizes.rope, attention.gated = traits.gated;
  attention.heads = heads, attention.kv_heads = kv_heads, attention.head_dim = dim;
  if (heads == 0 || kv_heads == 0) {
    layer.problems().add(Kind::kSetting,
                         "Layer " + std::to_string(layer.index) + " is attention without heads.");
    return attention;
  }
  const int64_t q = heads * dim * (traits.gated ? 2 : 1), kv = kv_heads * dim;
  // GGUF does not say whether there are biases; they are there or not.
  auto take = [&](Name weight, Name bias, int64_t rows, int64_t cols, bool wanted) {
    return with_bias(layer, weight, bias, rows, cols, builder.gguf() ? layer.has(bias) : wanted);
  };
  const bool qkv = traits.bias != Bias::kNone, all = traits.bias == Bias::kAll;
  if (!traits.gated && layer.has(kFused)) {  // hybrids give that name to linear attention
    take_fused(layer, hidden, q, kv, attention);
  } else {
    attention.q = take({"self_attn.q_proj.weight", "attn_q.weight"}, {"self_attn.q_proj.bias", "attn_q.bias"},
                       q, hidden, qkv);
    attention.k = take({"self_attn.k_proj.weight", "attn_k.weight"}, {"self_attn.k_proj.bias", "attn_k.bias"},
                       kv, hidden, qkv);
    attention.v = take({"self_attn.v_proj.weight", "attn_v.weight"}, {"self_attn.v_proj.bias", "attn_v.bias"},
                       kv, hidden, qkv);
  }
  attention.o = take({"self_attn.o_proj.weight", "attn_output.weight"},
                     {"self_attn.o_proj.bias", "attn_output.bias"}, hidden, heads * dim, all);
  if (traits.head_norms) {
    attention.q_norm = builder.norm(layer, {"self_attn.q_norm.weight", "attn_q_norm.weight"}, dim);
    attention.k_norm = builder.norm(layer, {"self_attn.k_norm.weight", "attn_k_norm.weight"}, dim);
  }
  return attention;
}

void require_full_attention(Builder& builder, WindowRule rule) {
  Settings& settings = builder.settings();
  const Json types = settings.value(kLayerTypes);
  if (types.is_array()) {
    for (const Json& type : types.items()) {
      if (type.dump() == "\"full_attention\"" || type.dump() == "\"attention\"") continue;
      return settings.refuse(kLayerTypes, "has " + type.dump() + "; only full_attention is supported here.");
    }
    return;
  }
  constexpr Key kUse{"use_sliding_window"}, kWindow{"sliding_window", "attention.sliding_window"};
  const int64_t window = settings.integer(kWindow, {0, int64_t{1} << 40}, 0);
  if (window == 0 || !(settings.gguf() || settings.flag(kUse, false))) return;
  const int64_t limit = settings.integer({"max_window_layers"}, {0, 1 << 20}, 28);
  const bool is_used = settings.gguf() || rule == WindowRule::kAll ||
                       (rule == WindowRule::kFromLayer && limit < builder.layer_count()) ||
                       (rule == WindowRule::kEveryOtherBelow && limit > 0);
  if (is_used) settings.refuse(kWindow, "is in use; sliding-window attention is not supported.");
}

std::vector<bool> read_full_attention_layers(Builder& builder) {
  Settings& settings = builder.settings();
  const auto layers = static_cast<size_t>(builder.layer_count());
  std::vector<bool> full(layers);
  if (layers == 0) return full;
  const Key& key = builder.gguf() ? kRecurrent : kLayerTypes;
  const Json kinds = settings.value(key);
  if (kinds.is_null()) {
    const int64_t interval = settings.integer(kInterval, {1, 1 << 20}, 4);
    for (size_t i = 0; i < layers; ++i) full[i] = (i + 1) % static_cast<size_t>(interval) == 0;
    return full;
  }
  const size_t count = kinds.is_array() ? kinds.items().size() : 0;
  if (count < layers || (count > layers && !builder.gguf())) {
    settings.wrong(key, "must name the kind of each of the " + std::to_string(layers) + " layers.");
    return full;
  }
  for (size_t i = 0; i < layers; ++i) {
    const std::string kind = kinds.items()[i].dump();
    full[i] = kind == "\"full_attention\"" || kind == "\"attention\"" || kind == "false" || kind == "0";
    if (full[i] || kind == "\"linear_attention\"" || kind == "\"mamba\"" || kind == "true" || kind == "1")
      continue;
    settings.refuse(key, "has " + kind + "; supported are full_attention and linear_attention.");
    break;
  }
  return full;
}

}  // namespace tug
