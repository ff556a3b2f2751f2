// Typed looks into a GGUF file's metadata. Keys that nobody knows may hold anything; one that is read is
// checked, and the message names it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "files/checkpoint.h"

namespace tug {

/// The value as JSON; null when the key is absent. An array of arrays is [[]]: its values are not kept.
Json metadata_json(const GgufMetadata& metadata, std::string_view key);

/// "The metadata <key> must be <allowed>; it is <value>."
Error metadata_error(const GgufMetadata& metadata, std::string_view key, const std::string& allowed);

/// A whole number in a range; none when the key is absent. Errors: kCorrupt for anything else.
Result<std::optional<int64_t>> find_integer(const GgufMetadata& metadata, std::string_view key, int64_t min,
                                            int64_t max);

/// A value of type T; an empty one when the key is absent. `what`: "a text". An empty array of any type is
/// one of T. Errors: kCorrupt for anything else.
template <class T>
Result<T> find_value(const GgufMetadata& metadata, std::string_view key, const char* what) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return T();
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  const Json json = metadata_json(metadata, key);
  const bool is_empty = !std::is_same_v<T, std::string_view> && json.is_array() && json.items().empty();
  return is_empty ? Result<T>(T()) : metadata_error(metadata, key, what);
}

}  // namespace tug
