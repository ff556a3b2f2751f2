#include "models/feed_forward.h"

#include <algorithm>

#include "base/units.h"

namespace tug {
namespace {

constexpr Key kExperts{"num_experts", "expert_count", "num_local_experts"};
constexpr Key kTopK{"num_experts_per_tok", "expert_used_count"};
constexpr Key kWidth{"moe_intermediate_size", "expert_feed_forward_length"};
constexpr Key kSharedWidth{"shared_expert_intermediate_size", "expert_shared_feed_forward_length"};
constexpr Key kDenseWidth{"intermediate_size", "feed_forward_length"};
constexpr Key kDenseLayers{"mlp_only_layers"};

constexpr Range kExpertCounts{0, 1 << 16};
// All experts of all layers; five times those of the largest model known. Bounds the plan's memory.
constexpr int64_t kAllExpertsMax = 1 << 18;

constexpr Name kDenseGate{"mlp.gate_proj.weight", "ffn_gate.weight"};
constexpr Name kDenseUp{"mlp.up_proj.weight", "ffn_up.weight"};
constexpr Name kDenseDown{"mlp.down_proj.weight", "ffn_down.weight"};
constexpr Name kRouter{"mlp.gate.weight", "ffn_gate_inp.weight"};
constexpr Name kFusedGateUp{"mlp.experts.gate_up_proj", "ffn_gate_up_exps.weight"};
constexpr Name kFusedDown{"mlp.experts.down_proj", "ffn_down_exps.weight"};
constexpr Name kFusedGate{"", "ffn_gate_exps.weight"};
constexpr Name kFusedUp{"", "ffn_up_exps.weight"};
constexpr Name kSharedDown{"mlp.shared_expert.down_proj.weight", "ffn_down_shexp.weight"};

/// A width that old GGUF files do not give: the last dimension of the first layer's tensor of that name.
std::optional<int64_t> width_of(Builder& builder, Name name) {
  return builder.gguf() ? builder.layer(0).last_dimension(name) : std::nullopt;
}

void read_dense_layers(Builder& builder, FeedForwardSizes& sizes) {
  Settings& settings = builder.settings();
  const int64_t stored = width_of(builder, kDenseDown).value_or(0);
  sizes.dense_width = settings.per_layer(kDenseWidth, {0, kSizes.max}, builder.layer_count(), stored);
  if (!sizes.traits.may_have_dense_layers) return;
  sizes.sparse_step = settings.integer({"decoder_sparse_step"}, {1, 1 << 20}, 1);
  const Json layers = settings.value(kDenseLayers);
  if (layers.is_null()) return;
  bool is_good = layers.is_array();
  for (const Json& layer : is_good ? layers.items() : std::vector<Json>()) {
    is_good = is_good && layer.is_integer();
    if (is_good) sizes.dense_layers.push_back(layer.as_integer());
  }
  if (!is_good) settings.wrong(kDenseLayers, "must be an array of layer numbers.");
  std::sort(sizes.dense_layers.begin(), sizes.dense_layers.end());
}

/// GGUF does not list its dense layers; they are those without a router.
bool is_sparse(const Builder& builder, const Layer& layer, const FeedForwardSizes& sizes) {
  if (sizes.experts == 0) return false;
  if (builder.gguf()) return layer.has(kRouter) || !layer.has(kDenseDown);
  if (layer.index >= builder.layer_count()) return true;  // MTP
  const auto& dense = sizes.dense_layers;
  return !std::binary_search(dense.begin(), dense.end(), layer.index) &&
         (layer.index + 1) % sizes.sparse_step == 0;
}

DenseFfn take_dense(const Layer& layer, int64_t hidden, int64_t width) {
  if (width > 0)
    return {layer.linear(kDenseGate, width, hidden), layer.linear(kDenseUp, width, hidden),
            layer.linear(kDenseDown, hidden, width)};
  layer.problems().add(
      Problems::Kind::kSetting,
      "Layer " + std::to_string(layer.index) + " is dense, but the width of dense layers is not given.");
  return {};
}

/// Experts as slices of stacks: gate and up in one (gate rows first) or in two.
std::vector<Expert> take_fused(const Layer& layer, int64_t hidden, const FeedForwardSizes& sizes) {
  const int64_t width = sizes.width, count = sizes.experts;
  const bool is_one = !layer.has(kFusedGate);
  const Stack gate = is_one ? layer.stack(kFusedGateUp, 2 * width, hidden, count)
                            : layer.stack(kFusedGate, width, hidden, count);
  const Stack up = is_one ? gate : layer.stack(kFusedUp, width, hidden, count);
  const Stack down = layer.stack(kFusedDown, hidden, width, count);
  if (!gate.tensor || !up.tensor || !down.tensor) return {};
  std::vector<Expert> experts;
  experts.reserve(static_cast<size_t>(count));
  for (int64_t e = 0; e < count; ++e) {
    experts.push_back({{gate.matrix(e, {0, width}), {}},
                       {up.matrix(e, {is_one ? width : 0, width}), {}},
                       {down.matrix(e), {}}});
  }
  return experts;
}

std::vector<Expert> take_single(const Builder& builder, const Layer& layer, const FeedForwardSizes& sizes) {
  std::vector<Expert> experts;
  for (int64_t e = 0; e < sizes.experts && !builder.hopeless(); ++e) {
    const std::string prefix = "mlp.experts." + std::to_string(e);
    const std::string gate = prefix + ".gate_proj.weight", up = prefix + ".up_proj.weight",
                      down = prefix + ".down_proj.weight";
    experts.push_back({layer.linear({gate, ""}, sizes.width, builder.hidden()),
                       layer.linear({up, ""}, sizes.width, builder.hidden()),
                       layer.linear({down, ""}, builder.hidden(), sizes.width)});
  }
  return experts;
}

std::vector<Expert> take_experts(const Builder& builder, const Layer& layer, const FeedForwardSizes& sizes) {
  if (builder.gguf() || layer.has(kFusedGateUp) || layer.has(kFusedDown)) {
    return take_fused(layer, builder.hidden(), sizes);
  }
  constexpr Name kFirst[] = {{"mlp.experts.0.gate_proj.weight", ""},
                             {"mlp.experts.0.up_proj.weight", ""},
                             {"mlp.experts.0.down_proj.weight", ""}};
  if (std::any_of(std::begin(kFirst), std::end(kFirst), [&](Name name) { return layer.has(name); })) {
    return take_single(builder, layer, sizes);
  }
  layer.problems().add(Problems::Kind::kMissing, layer.full({"mlp.experts.*", ""}) + ": " +
                                                     format_count(sizes.experts) +
                                                     " experts, fused or one by one");
  return {};
}

std::optional<SharedExpert> take_shared(const Layer& layer, int64_t hidden, int64_t width) {
  if (width == 0) return std::nullopt;
  SharedExpert shared;
  shared.ffn.gate =
      layer.linear({"mlp.shared_expert.gate_proj.weight", "ffn_gate_shexp.weight"}, width, hidden);
  shared.ffn.up = layer.linear({"mlp.shared_expert.up_proj.weight", "ffn_up_shexp.weight"}, width, hidden);
  shared.ffn.down = layer.linear(kSharedDown, hidden, width);
  shared.gate = layer.linear({"mlp.shared_expert_gate.weight", "ffn_gate_inp_shexp.weight"}, 1, hidden);
  return shared;
}

void read_route_rule(Builder& builder, FeedForwardSizes& sizes) {
  constexpr Key kNormalise{"norm_topk_prob", "expert_weights_norm"};
  constexpr Key kGating{"", "expert_gating_func"};
  constexpr Key kScale{"", "expert_weights_scale"};
  constexpr int64_t kSoftmax = 1;
  Settings& settings = builder.settings();
  sizes.rule.top_k = settings.integer(kTopK, {1, sizes.experts});
  sizes.rule.renormalise = sizes.traits.renormalise;
  if (!sizes.traits.always_renormalises)
    sizes.rule.renormalise = settings.flag(kNormalise, sizes.traits.renormalise);
  const int64_t gating = settings.integer(kGating, {0, 100}, kSoftmax);
  if (gating > kSoftmax) settings.refuse(kGating, "is not softmax.");
  const double scale = settings.number(kScale, 0, 1e6, 1);
  if (scale != 0 && scale != 1) settings.refuse(kScale, "is not 1.");
}

}  // namespace

FeedForwardSizes read_dense(Builder& builder) {
  FeedForwardSizes sizes;
  read_dense_layers(builder, sizes);
  return sizes;
}

FeedForwardSizes read_moe(Builder& builder, const MoeTraits& traits) {
  Settings& settings = builder.settings();
  FeedForwardSizes sizes;
  sizes.traits = traits;
  read_dense_layers(builder, sizes);
  sizes.experts = settings.integer(kExperts, kExpertCounts);
  if (sizes.experts == 0) return sizes;
  sizes.width = settings.integer(kWidth, kSizes, width_of(builder, kFusedDown));
  if (traits.shared_expert) {
    sizes.shared_width = settings.integer(kSharedWidth, {0, kSizes.max}, width_of(builder, kSharedDown));
  }
  read_route_rule(builder, sizes);
  if (sizes.experts * builder.layer_count() > kAllExpertsMax) {
    settings.refuse(kExperts, "makes more than " + format_count(kAllExpertsMax) + " experts in all layers.");
  }
  return sizes;
}

Work take_feed_forward(Builder& builder, const Layer& layer, const FeedForwardSizes& sizes) {
  const int64_t hidden = builder.hidden();
  if (!is_sparse(builder, layer, sizes)) return take_dense(layer, hidden, sizes.dense_width.at(layer.index));
  MoeFfn moe;
  moe.router = layer.linear(kRouter, sizes.experts, hidden);
  moe.rule = sizes.rule;
  moe.experts = take_experts(builder, layer, sizes);
  moe.shared = take_shared(layer, hidden, sizes.shared_width);
  return moe;
}

}  // namespace tug
