// generation_config.json and general.sampling.* (llama.cpp's keys) as Sampling.
#include <algorithm>

#include "api/defaults.h"
#include "files/gguf_metadata.h"

namespace tug {
namespace {

/// A setting as a file gives it.
struct Given {
  std::string name;   // for messages
  const Json* value;  // null: the file does not have it
};

constexpr double kTemperatureMax = 1e6;
constexpr double kPenaltyMax = 1e3;

Error must_be(const Given& given, const std::string& allowed) {
  return Error(ErrorCode::kCorrupt, given.name + " must be " + allowed + "; it is " + given.value->excerpt() +
                                        ". Please correct or remove it.");
}

/// null, as Hugging Face writes it, is `off`.
Status read_number(const Given& given, double min, double max, double off, double& to) {
  if (given.value == nullptr) return {};
  if (given.value->is_null()) return to = off, Status();
  const double value = given.value->is_number() ? given.value->as_number() : max + 1;
  if (value >= min && value <= max) return to = value, Status();
  return must_be(given, "a number from " + Json(min).dump() + " to " + Json(max).dump());
}

/// 0, -1 and null are all tokens; so is any negative number for llama.cpp.
Status read_top_k(const Given& given, bool any_negative, int64_t& to) {
  constexpr int64_t kMax = int64_t{1} << 31;
  if (given.value == nullptr) return {};
  const std::optional<int64_t> value = given.value->is_null() ? 0 : given.value->whole();
  if (value && *value >= (any_negative ? INT64_MIN : -1)) {
    to = std::clamp<int64_t>(*value, 0, kMax);
    return {};
  }
  return must_be(given, "a whole number from 1, or 0 or -1 for all tokens");
}

Result<Sampling> read_generation_config(const Json& config) {
  const auto given = [&](const std::string& key) {
    return Given{"\"" + key + "\" in generation_config.json", config.find(key)};
  };
  const Given do_sample = given("do_sample");
  const bool is_said = do_sample.value != nullptr && !do_sample.value->is_null();
  if (is_said && !do_sample.value->is_bool()) return must_be(do_sample, "true or false");
  Sampling sampling;
  sampling.top_k = 50;  // transformers' own default
  TUG_TRY(read_number(given("temperature"), 0, kTemperatureMax, 1, sampling.temperature));
  TUG_TRY(read_top_k(given("top_k"), false, sampling.top_k));
  TUG_TRY(read_number(given("top_p"), 0, 1, 1, sampling.top_p));
  TUG_TRY(read_number(given("min_p"), 0, 1, 0, sampling.min_p));
  TUG_TRY(
      read_number(given("repetition_penalty"), 1 / kPenaltyMax, kPenaltyMax, 1, sampling.repetition_penalty));
  TUG_TRY(read_number(given("presence_penalty"), -kPenaltyMax, kPenaltyMax, 0, sampling.presence_penalty));
  TUG_TRY(read_number(given("frequency_penalty"), -kPenaltyMax, kPenaltyMax, 0, sampling.frequency_penalty));
  if (!is_said || !do_sample.value->as_bool()) sampling.temperature = 0;
  return sampling;
}

/// Overrides what the metadata names. Bounds at which llama.cpp turns a sampler off do so here.
Status read_metadata(const GgufMetadata& metadata, Sampling& sampling) {
  Json value;
  const auto given = [&](const std::string& key) {
    const std::string name = "general.sampling." + key;
    value = metadata_json(metadata, name);
    return Given{"The metadata " + name, value.is_null() ? nullptr : &value};
  };
  TUG_TRY(read_number(given("temp"), -kTemperatureMax, kTemperatureMax, 0, sampling.temperature));
  TUG_TRY(read_top_k(given("top_k"), true, sampling.top_k));
  TUG_TRY(read_number(given("top_p"), 0, kTemperatureMax, 1, sampling.top_p));
  TUG_TRY(read_number(given("min_p"), -1, 1, 0, sampling.min_p));
  TUG_TRY(read_number(given("penalty_repeat"), 1 / kPenaltyMax, kPenaltyMax, 1, sampling.repetition_penalty));
  TUG_TRY(read_number(given("penalty_present"), -kPenaltyMax, kPenaltyMax, 0, sampling.presence_penalty));
  TUG_TRY(read_number(given("penalty_freq"), -kPenaltyMax, kPenaltyMax, 0, sampling.frequency_penalty));
  sampling.temperature = std::max(sampling.temperature, 0.0);
  sampling.top_p = std::min(sampling.top_p, 1.0);
  sampling.min_p = std::max(sampling.min_p, 0.0);
  return {};
}

}  // namespace

Result<Sampling> read_default_sampling(const Checkpoint& checkpoint) {
  const Json& config = checkpoint.generation_config();
  if (config.is_object()) return read_generation_config(config).in("model " + checkpoint.name());
  Sampling sampling;
  sampling.temperature = 0.7, sampling.top_p = 0.8, sampling.top_k = 20;
  TUG_TRY(read_metadata(checkpoint.metadata(), sampling).in("model " + checkpoint.name()));
  return sampling;
}

}  // namespace tug
