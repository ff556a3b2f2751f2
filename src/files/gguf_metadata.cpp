#include "files/gguf_metadata.h"

#include <cmath>

#include "base/printable.h"
#include "base/units.h"

namespace tug {
namespace {

Json to_json(std::monostate) { return Json::array({Json::array()}); }

template <class T>
Json to_json(const T& value) {
  return Json(value);
}

template <class T>
Json to_json(const std::vector<T>& values) {
  std::vector<Json> items;
  items.reserve(values.size());
  for (const T value : values) items.push_back(Json(value));
  return Json::array(std::move(items));
}

}  // namespace

Json metadata_json(const GgufMetadata& metadata, std::string_view key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return {};
  return std::visit([](const auto& value) { return to_json(value); }, found->second);
}

Error metadata_error(const GgufMetadata& metadata, std::string_view key, const std::string& allowed) {
  return Error(ErrorCode::kCorrupt, "The metadata " + printable(key) + " must be " + allowed + "; it is " +
                                        metadata_json(metadata, key).excerpt() + ".");
}

Result<std::optional<int64_t>> find_integer(const GgufMetadata& metadata, std::string_view key, int64_t min,
                                            int64_t max) {
  if (!metadata.contains(key)) return std::optional<int64_t>();
  const std::optional<int64_t> value = metadata_json(metadata, key).whole();
  if (value && *value >= min && *value <= max) return value;
  return metadata_error(metadata, key,
                        "a whole number from " + format_count(min) + " to " + format_count(max));
}

}  // namespace tug
