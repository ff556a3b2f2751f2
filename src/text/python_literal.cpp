#include "text/python_literal.h"

namespace tug {

/// Rewrites the literal as JSON, outside and inside of strings; the JSON parser then checks the rest.
std::optional<Json> parse_python_literal(std::string_view text) {
  std::string json;
  const auto replace_word = [&](std::string_view word, std::string_view with) {
    if (!text.starts_with(word)) return false;
    json += with;
    text.remove_prefix(word.size());
    return true;
  };
  char quote = 0;  // the string we are in
  while (!text.empty()) {
    if (!quote) {
      if (replace_word("True", "true") || replace_word("False", "false") || replace_word("None", "null"))
        continue;
      if (replace_word("(", "[") || replace_word(")", "]")) continue;
    } else {
      if (replace_word("\\'", "'") || replace_word("\\\\", "\\\\") || replace_word("\\\"", "\\\"")) continue;
      if (quote == '\'' && replace_word("\"", "\\\"")) continue;
    }
    const char c = text.front();
    text.remove_prefix(1);
    const bool delimits = quote ? c == quote : c == '\'' || c == '"';
    json += delimits ? '"' : c;
    if (delimits) quote = quote ? 0 : c;
  }
  Result<Json> value = parse_json(json);
  return value.ok() ? std::optional(std::move(value).value()) : std::nullopt;
}

}  // namespace tug
