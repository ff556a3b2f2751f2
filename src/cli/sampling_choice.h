// How the user wants tokens to be chosen: one table for the command line's flags and the chat's /set.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tugboat/result.h"
#include "tugboat/types.h"

namespace tug {

/// What the user said about sampling; what is not set is left to the model.
struct SamplingChoice {
  std::optional<double> temperature, top_k, top_p, min_p;
  std::optional<double> repetition_penalty, presence_penalty, frequency_penalty;
  std::vector<std::pair<int32_t, double>> logit_bias;

  /// The model's own settings with the user's on top.
  Sampling over(Sampling defaults) const;
  /// All numbers as they are in `sampling`.
  static SamplingChoice of(const Sampling& sampling);
};

/// A number that the user can set.
struct SamplingSetting {
  const char* name;     // "temp"
  const char* aliases;  // further flags, such as ",--temperature"
  const char* help;
  std::optional<double> SamplingChoice::*value;
  double min, max;
  bool whole;
};

std::span<const SamplingSetting> sampling_settings();

/// Reads a value for `setting`; `name` stands in the error. Errors: kInvalidArgument.
Result<double> read_setting(const SamplingSetting& setting, const std::string& name, const std::string& text);

}  // namespace tug
