#include "models/rope.h"

#include <algorithm>

#include "base/exact_math.h"

namespace tug {
namespace {

constexpr double kHuge = 1e12;
constexpr Key kFactor{"factor", "rope.scaling.factor"};
constexpr Key kType{"rope_type", "rope.scaling.type", "type"};

/// YaRN's default for the factor of cos and sin.
double attention_scale(double factor, double weight = 1) {
  return factor > 1 ? 0.1 * weight * exact_log(factor) + 1 : 1;
}

/// A positive number; null and 0 stand for the default, as in transformers.
double positive(Settings& settings, const Key& key, double otherwise) {
  const double number = settings.number(key, 0, kHuge, otherwise);
  return number > 0 ? number : otherwise;
}

Yarn read_yarn(Settings& settings, int64_t context) {
  Yarn yarn;
  yarn.original_context =
      positive(settings, {"original_max_position_embeddings", "rope.scaling.original_context_length"},
               static_cast<double>(context));
  const double ratio = std::max(static_cast<double>(context) / yarn.original_context, 1.0);
  yarn.factor = settings.number(kFactor, 1, 1e6, ratio);
  yarn.beta_fast = positive(settings, {"beta_fast", "rope.scaling.yarn_beta_fast"}, yarn.beta_fast);
  yarn.beta_slow = positive(settings, {"beta_slow", "rope.scaling.yarn_beta_slow"}, yarn.beta_slow);
  yarn.truncate = settings.flag({"truncate"}, true);

  const double weight = settings.number({"mscale"}, 0, kHuge, 0);
  const double weight_all = settings.number({"mscale_all_dim"}, 0, kHuge, 0);
  double standard = attention_scale(yarn.factor);
  if (weight > 0 && weight_all > 0) {
    standard = attention_scale(yarn.factor, weight) / attention_scale(yarn.factor, weight_all);
  }
  standard *= settings.number({"", "rope.scaling.attn_factor"}, 0, kHuge, 1);
  yarn.attention_factor =
      settings.number({"attention_factor", "rope.scaling.yarn_attn_factor"}, 0, kHuge, standard);

  constexpr Key kExtrapolation{"", "rope.scaling.yarn_ext_factor"};
  if (settings.number(kExtrapolation, -kHuge, kHuge, 1) != 1) settings.refuse(kExtrapolation, "is not 1.");
  constexpr Key kLogarithm{"", "rope.scaling.yarn_log_multiplier"};
  if (settings.number(kLogarithm, -kHuge, kHuge, 0) != 0) settings.refuse(kLogarithm, "is not 0.");
  return yarn;
}

/// GGUF files of 2023 scale linearly by a factor of another name, and a factor without a type is linear.
void refuse_unnamed_scaling(Settings& settings, double factor) {
  constexpr Key kOld{"", "rope.scale_linear"};
  const char* what = "is not 1; linear scaling of rotary positions is not supported.";
  if (positive(settings, kOld, 1) != 1) settings.refuse(kOld, what);
  if (settings.gguf() && factor != 1 && !settings.has(kType)) settings.refuse(kFactor, what);
}

int64_t read_dims(Settings& settings, int64_t head_dim, double share) {
  constexpr Key kShare{"partial_rotary_factor"};
  constexpr Key kDims{"", "rope.dimension_count"};
  int64_t dims = 0;
  if (settings.gguf()) {
    dims = settings.integer(kDims, {2, head_dim}, head_dim);
  } else {
    dims = static_cast<int64_t>(static_cast<double>(head_dim) * settings.number(kShare, 0, 1, share));
  }
  if (dims < 2 || dims % 2 != 0) {
    settings.wrong(settings.gguf() ? kDims : kShare,
                   "makes " + std::to_string(dims) + " of a head's " + std::to_string(head_dim) +
                       " dimensions turn; that must be an even number from 2.");
  }
  return dims;
}

}  // namespace

Rope read_rope(Builder& builder, int64_t head_dim, double rotary_share) {
  // transformers 5 may keep one set of parameters for each kind of layer.
  Settings settings =
      builder.settings().preferring({"rope_parameters", "rope_scaling"}).preferring({"full_attention"});
  Rope rope;
  rope.theta = settings.number({"rope_theta", "rope.freq_base"}, 1, kHuge, 1e4);
  rope.dims = read_dims(settings, head_dim, rotary_share);
  const std::string type = settings.text(kType, "default");
  // Linear scaling divides positions by the factor, and dynamic scaling does nothing within the context.
  const double factor = positive(settings, kFactor, 1);
  const bool can_be_none = type == "linear" || type == "dynamic";
  refuse_unnamed_scaling(settings, factor);
  if (type == "yarn") {
    rope.yarn = read_yarn(settings, builder.context());
    const double extended = rope.yarn->factor * rope.yarn->original_context;
    builder.extend_context(static_cast<int64_t>(std::min(extended, kHuge)));
  } else if (type != "default" && type != "none" && type != "mrope" && !(can_be_none && factor == 1)) {
    settings.refuse(kType,
                    "is \"" + type + "\"; of the ways to scale rotary positions only yarn is supported.");
  }
  return rope;
}

}  // namespace tug
