// Sizes for people: powers of 1,024 both ways.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tugboat/result.h"

namespace tug {

/// "2G" -> 2 * 1024^3. Suffixes K, M, G, T, alone or followed by B or iB; fractions allowed.
/// Errors: kInvalidArgument.
Result<int64_t> parse_size(std::string_view text);

/// 1536 -> "1.5 KiB".
std::string format_size(int64_t bytes);

/// 1234567 -> "1,234,567".
std::string format_count(int64_t count);

}  // namespace tug
