#include "cli/sampling_choice.h"

#include "cli/numbers.h"

namespace tug {
namespace {

using Choice = SamplingChoice;

constexpr SamplingSetting kSettings[] = {
    {"temp", ",--temperature", "Randomness; 0 takes the most likely token", &Choice::temperature, 0, 100,
     false},
    {"top-k", "", "Only the K most likely tokens; 0: all", &Choice::top_k, 0, 1'000'000'000, true},
    {"top-p", "", "Only the most likely tokens with this share", &Choice::top_p, 0, 1, false},
    {"min-p", "", "Only tokens of this share of the best one's probability", &Choice::min_p, 0, 1, false},
    {"repeat-penalty", ",--repetition-penalty", "Makes tokens of the context rarer; 1: off",
     &Choice::repetition_penalty, 0.01, 100, false},
    {"presence-penalty", "", "Makes tokens of the answer rarer, once; 0: off", &Choice::presence_penalty,
     -100, 100, false},
    {"frequency-penalty", "", "Makes tokens of the answer rarer, each time; 0: off",
     &Choice::frequency_penalty, -100, 100, false},
};

}  // namespace

std::span<const SamplingSetting> sampling_settings() { return kSettings; }

Result<double> read_setting(const SamplingSetting& setting, const std::string& name,
                            const std::string& text) {
  if (!setting.whole) return parse_number(name, text, setting.min, setting.max);
  const auto min = static_cast<int64_t>(setting.min), max = static_cast<int64_t>(setting.max);
  return static_cast<double>(TUG_TRY(parse_whole(name, text, min, max)));
}

Sampling SamplingChoice::over(Sampling defaults) const {
  Sampling sampling = std::move(defaults);
  sampling.temperature = temperature.value_or(sampling.temperature);
  if (top_k) sampling.top_k = static_cast<int64_t>(*top_k);
  sampling.top_p = top_p.value_or(sampling.top_p);
  sampling.min_p = min_p.value_or(sampling.min_p);
  sampling.repetition_penalty = repetition_penalty.value_or(sampling.repetition_penalty);
  sampling.presence_penalty = presence_penalty.value_or(sampling.presence_penalty);
  sampling.frequency_penalty = frequency_penalty.value_or(sampling.frequency_penalty);
  if (!logit_bias.empty()) sampling.logit_bias = logit_bias;
  return sampling;
}

SamplingChoice SamplingChoice::of(const Sampling& sampling) {
  SamplingChoice choice;
  choice.temperature = sampling.temperature;
  choice.top_k = static_cast<double>(sampling.top_k);
  choice.top_p = sampling.top_p;
  choice.min_p = sampling.min_p;
  choice.repetition_penalty = sampling.repetition_penalty;
  choice.presence_penalty = sampling.presence_penalty;
  choice.frequency_penalty = sampling.frequency_penalty;
  return choice;
}

}  // namespace tug
