// Element and block types: what a stored number is, how large its block is, how it becomes float32.
//
// The registry is the truth that every kernel is checked against. One format is one file pair in formats/
// (block layout, reference decode) and one row in formats.def.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace tug {

// Values are GGUF's type ids; types that GGUF does not know stand above 1000.
enum class Type : int32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ2_K = 10,
  kQ3_K = 11,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kIQ2_XXS = 16,
  kIQ2_XS = 17,
  kIQ3_XXS = 18,
  kIQ1_S = 19,
  kIQ4_NL = 20,
  kIQ3_S = 21,
  kIQ2_S = 22,
  kIQ4_XS = 23,
  kIQ1_M = 29,
  kBF16 = 30,
  kTQ1_0 = 34,
  kTQ2_0 = 35,
  kMXFP4 = 39,
  kNVFP4 = 40,
  kF8_E4M3 = 1001,  // safetensors; block scales stand beside the matrix
};

/// Types that GGUF does not know, out of reach for a file.
inline constexpr int32_t kFirstOwnType = 1000;

/// A type's place in a table made per type, below kTypePlaces: GGUF's ids first.
inline constexpr size_t kTypePlaces = 64;
constexpr size_t place_of(Type type) {
  const auto id = static_cast<int32_t>(type);
  return static_cast<size_t>(id < kFirstOwnType ? id : 56 + id - kFirstOwnType);
}

struct TypeInfo {
  Type type;
  std::string_view name;  // as files and people write it, e.g. "Q4_K"
  int64_t block_elements;
  int64_t block_bytes;
  /// Where a block's f16 scale and minimum stand; -1: it has none.
  int scale_at, min_at;
  /// Decodes `blocks` consecutive blocks into blocks * block_elements floats. Any bytes are valid input.
  void (*decode)(const std::byte* from, int64_t blocks, float* to);
  /// Encodes blocks * block_elements floats. Null for the formats that Tugboat only reads.
  void (*encode)(const float* from, int64_t blocks, std::byte* to);
};

/// The description of a type.
const TypeInfo& type_info(Type type);

/// All types, in the order of formats.def.
std::span<const TypeInfo> all_types();

/// The type with a GGUF id or a name; none when Tugboat does not know it.
std::optional<Type> type_from_gguf(uint32_t id);
std::optional<Type> type_from_name(std::string_view name);

/// Whether every float in `bytes` (whole blocks: elements, or their scales) is finite.
bool all_finite(Type type, ByteView bytes);

/// Bytes of `cols` elements of one row; none unless cols is a multiple of the block.
std::optional<int64_t> row_bytes(Type type, int64_t cols);

// The small floats, inline because everything needs them.

inline float f32_from_bf16(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  return load<float>(&wide);
}

/// Round to nearest, ties to even; a NaN stays a NaN.
inline uint16_t bf16_from_f32(float value) {
  const uint32_t bits = load<uint32_t>(&value);
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<uint16_t>((bits >> 16) | 64);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/// IEEE half, exact; a signalling NaN becomes quiet, as in the CPU's own conversion.
float f32_from_f16(uint16_t bits);
/// Round to nearest, ties to even; beyond the range it is infinity.
uint16_t f16_from_f32(float value);

}  // namespace tug
