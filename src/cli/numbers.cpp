#include "cli/numbers.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/units.h"

namespace tug {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

template <class T>
bool parse_all(std::string_view text, T* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

Error out_of_range(const std::string& name, const std::string& kind, const std::string& range,
                   std::string_view text) {
  return Error(ErrorCode::kInvalidArgument,
               name + " takes a " + kind + " " + range + ", not " + in_quotes(text) + ".");
}

std::string range_text(double min, double max) {
  return "from " + number_text(min) + " to " + number_text(max);
}

std::string range_text(int64_t min, int64_t max) {
  return max == INT64_MAX ? "of at least " + std::to_string(min)
                          : "from " + std::to_string(min) + " to " + std::to_string(max);
}

}  // namespace

Result<int64_t> parse_whole(const std::string& name, std::string_view text, int64_t min, int64_t max) {
  int64_t value = 0;
  if (parse_all(text, &value) && value >= min && value <= max) return value;
  return out_of_range(name, "whole number", range_text(min, max), text);
}

Result<double> parse_number(const std::string& name, std::string_view text, double min, double max) {
  double value = 0;
  if (parse_all(text, &value) && std::isfinite(value) && value >= min && value <= max) return value;
  return out_of_range(name, "number", range_text(min, max), text);
}

Result<std::vector<int32_t>> parse_ids(std::string_view text) {
  std::vector<int32_t> ids;
  for (size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    int32_t id = 0;
    if (!parse_all(word, &id) || id < 0) {
      return Error(ErrorCode::kInvalidArgument,
                   "Token ids are whole numbers of at least 0, separated by blanks; number " +
                       format_count(static_cast<int64_t>(ids.size()) + 1) + " is " + in_quotes(word) + ".");
    }
    ids.push_back(id);
    at = text.find_first_not_of(kBlanks, end);
  }
  return ids;
}

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

std::string in_quotes(std::string_view text) {
  constexpr size_t kMost = 60;
  std::string shown;
  for (char c : text.substr(0, kMost)) shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return "\"" + shown + (text.size() > kMost ? "…" : "") + "\"";
}

}  // namespace tug
