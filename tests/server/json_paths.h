// Looking into replies.
#pragma once

#include <string_view>
#include <vector>

#include "base/json.h"
#include "support/expect.h"

namespace tug {

/// The value at a path such as "choices.0.message.content"; null where there is none.
inline Json at(const Json& json, std::string_view path) {
  const Json* value = &json;
  while (value && !path.empty()) {
    const size_t dot = std::min(path.find('.'), path.size());
    const std::string_view key = path.substr(0, dot);
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (value->is_array()) {
      const auto index = static_cast<size_t>(std::stoul(std::string(key)));
      value = index < value->items().size() ? &value->items()[index] : nullptr;
    } else {
      value = value->find(key);
    }
  }
  return value ? *value : Json();
}

/// The JSON of every data line of a stream; "[DONE]" as a text.
inline std::vector<Json> data_of(std::string_view stream) {
  std::vector<Json> events;
  while (!stream.empty()) {
    const size_t end = std::min(stream.find('\n'), stream.size());
    const std::string_view line = stream.substr(0, end);
    stream.remove_prefix(std::min(end + 1, stream.size()));
    if (!line.starts_with("data: ")) continue;
    const std::string_view data = line.substr(6);
    events.push_back(data == "[DONE]" ? Json("[DONE]") : value_of(parse_json(data)));
  }
  return events;
}

}  // namespace tug
