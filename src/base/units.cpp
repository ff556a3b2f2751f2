#include "base/units.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace tug {

Result<int64_t> parse_size(std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  const double number = std::strtod(copy.c_str(), &end);
  std::string suffix(end);
  const Error wrong(
      ErrorCode::kInvalidArgument,
      "\"" + copy + "\" is not a size; write a number with an optional K, M, G or T, such as 2G.");
  if (end == copy.c_str() || !std::isfinite(number) || number < 0) return wrong;
  int power = 0;
  if (!suffix.empty()) {
    const size_t at = std::string_view("BKMGT").find(static_cast<char>(std::toupper(suffix[0])));
    if (at == std::string_view::npos) return wrong;
    power = static_cast<int>(at);
    const std::string rest = suffix.substr(1);
    if (!rest.empty() && (power == 0 || (rest != "B" && rest != "iB" && rest != "b"))) return wrong;
  }
  const double bytes = std::ldexp(number, 10 * power);
  if (bytes >= 9e18) return wrong;
  return static_cast<int64_t>(bytes);
}

std::string format_size(int64_t bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  while (std::fabs(value) >= 1024 && unit < 5) value /= 1024, ++unit;
  char text[32];
  std::snprintf(text, sizeof text,
                unit == 0    ? "%.0f %s"
                : value < 10 ? "%.2f %s"
                             : "%.1f %s",
                value, units[unit]);
  return text;
}

std::string format_count(int64_t count) {
  std::string digits = std::to_string(count < 0 ? -count : count);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return count < 0 ? "-" + digits : digits;
}

}  // namespace tug
