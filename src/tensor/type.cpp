// The registry: formats.def as a table, and the few questions asked of it.
#include "tensor/type.h"

#include <array>

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

constexpr std::array<const TypeInfo*, kTypePlaces> kByPlace = [] {
  std::array<const TypeInfo*, kTypePlaces> places = {};
  for (const TypeInfo& info : kTypes) places[place_of(info.type)] = &info;
  return places;
}();

}  // namespace

const TypeInfo& type_info(Type type) {
  const size_t place = place_of(type);
  TUG_CHECK(place < kTypePlaces && kByPlace[place] != nullptr);
  return *kByPlace[place];
}

std::span<const TypeInfo> all_types() { return kTypes; }

std::optional<Type> type_from_gguf(uint32_t id) {
  for (const TypeInfo& info : kTypes) {
    if (id < kFirstOwnType && static_cast<uint32_t>(info.type) == id) return info.type;
  }
  return std::nullopt;
}

std::optional<Type> type_from_name(std::string_view name) {
  for (const TypeInfo& info : kTypes) {
    if (info.name == name) return info.type;
  }
  return std::nullopt;
}

std::optional<int64_t> row_bytes(Type type, int64_t cols) {
  const TypeInfo& info = type_info(type);
  int64_t bytes = 0;
  if (cols % info.block_elements != 0) return std::nullopt;
  if (!checked_multiply(cols / info.block_elements, info.block_bytes, &bytes)) return std::nullopt;
  return bytes;
}

}  // namespace tug
