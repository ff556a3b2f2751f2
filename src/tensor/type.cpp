// The registry: formats.def as a table, and the few questions asked of it.
#include "tensor/type.h"

#include <algorithm>

#include "base/check.h"
#include "tensor/formats/decode.h"
#include "tensor/formats/float.h"
#include "tensor/formats/q8_0.h"

namespace tug {
namespace {

constexpr TypeInfo kTypes[] = {
#define TUG_FORMAT(type, name, elements, bytes, scale_at, min_at, decode, encode) \
  {Type::type, name, elements, bytes, scale_at, min_at, decode, encode},
#include "tensor/formats.def"
#undef TUG_FORMAT
};

// GGUF's ids are small; Tugboat's own types are out of reach for a file.
constexpr uint32_t kFirstOwnId = 1000;

template <class Predicate>
const TypeInfo* find_type(Predicate matches) {
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes), matches);
  return found == std::end(kTypes) ? nullptr : found;
}

std::optional<Type> type_of(const TypeInfo* info) { return info ? std::optional(info->type) : std::nullopt; }

}  // namespace

const TypeInfo& type_info(Type type) {
  const TypeInfo* found = find_type([&](const TypeInfo& info) { return info.type == type; });
  TUG_CHECK(found != nullptr);
  return *found;
}

std::span<const TypeInfo> all_types() { return kTypes; }

std::optional<Type> type_from_gguf(uint32_t id) {
  if (id >= kFirstOwnId) return std::nullopt;
  return type_of(find_type([&](const TypeInfo& info) { return static_cast<uint32_t>(info.type) == id; }));
}

std::optional<Type> type_from_name(std::string_view name) {
  return type_of(find_type([&](const TypeInfo& info) { return info.name == name; }));
}

std::optional<int64_t> row_bytes(Type type, int64_t cols) {
  const TypeInfo& info = type_info(type);
  int64_t bytes = 0;
  if (cols % info.block_elements != 0) return std::nullopt;
  if (!checked_multiply(cols / info.block_elements, info.block_bytes, &bytes)) return std::nullopt;
  return bytes;
}

}  // namespace tug
