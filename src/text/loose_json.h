// JSON as models write it: mostly right, sometimes as Python would print it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug {

/// One value at the front of a text.
struct LooseJson {
  enum class State { kComplete, kCut, kBroken };  // kCut: all of the text could be the beginning of a value
  State state = State::kBroken;
  size_t size = 0;   // bytes that the value takes, when complete
  std::string text;  // strict JSON: as it was written, digits and spaces too, but for what was repaired
  /// Of an object: its keys, decoded, and the texts of their values. Of two equal keys the last one counts.
  std::vector<std::pair<std::string, std::string>> members;

  /// The text of that member, or null.
  const std::string* find(std::string_view key) const;
};

/// Repairs single quotes, tuples, True, False, None, commas before a closing bracket, control characters and
/// unknown escapes in strings, lone surrogates and keys that come twice. Broken: anything else that is not
/// JSON; more than 200 levels.
LooseJson read_loose_json(std::string_view text);

/// The object that is all of `text`, but for white space, as strict JSON; nothing when it is none.
std::optional<std::string> read_loose_object(std::string_view text);

bool is_json_number(std::string_view text);
bool is_json_integer(std::string_view text);  // digits and a sign: no fraction, no exponent

/// The string that a JSON text spells; nothing when it is not a string.
std::optional<std::string> decode_json_string(std::string_view text);

}  // namespace tug
