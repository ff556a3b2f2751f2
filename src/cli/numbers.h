// Numbers that people type: ranges are checked, and the error names what was typed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tugboat/result.h"

namespace tug {

/// A whole number from `min` to `max`. `name` stands in the error. Errors: kInvalidArgument.
Result<int64_t> parse_whole(const std::string& name, std::string_view text, int64_t min, int64_t max);

/// A finite number from `min` to `max`. Errors: kInvalidArgument.
Result<double> parse_number(const std::string& name, std::string_view text, double min, double max);

/// Token ids separated by white space. Errors: kInvalidArgument with the position of the first wrong one.
Result<std::vector<int32_t>> parse_ids(std::string_view text);

/// A number for a sentence: 0.5, 3, 1e-05.
std::string number_text(double value);

/// At most about 60 characters of what was typed, without control characters, in quotes.
std::string in_quotes(std::string_view text);

}  // namespace tug
