// What several block formats share: the loop over blocks and the ways in which ggml packs small integers.
//
// The order of the multiplications in the decoders is part of each format: it decides the sign of zeros.
#pragma once

#include <bit>
#include <cstdint>

#include "base/bytes.h"
#include "tensor/formats/decode.h"
#include "tensor/type.h"

namespace tug {

/// Elements of the K, IQ and TQ blocks.
constexpr int kSuperBlock = 256;

/// Applies one block's decoder to consecutive, possibly unaligned blocks.
template <class Block>
void decode_each(void (*decode_block)(const Block&, float*), const std::byte* from, int64_t blocks,
                 float* to) {
  for (int64_t b = 0; b < blocks; ++b) {
    decode_block(load<Block>(from + b * static_cast<int64_t>(sizeof(Block))), to + b * Block::kElements);
  }
}

/// The 4-bit code of an element where byte j holds element j (low nibble) and element j + kHalf (high).
template <int kHalf>
int split_nibble(const uint8_t* codes, int element) {
  return element < kHalf ? codes[element] & 15 : codes[element - kHalf] >> 4;
}

/// Nibble `index` of a byte string, the low one first.
inline int nibble(const uint8_t* bytes, int index) { return bytes[index / 2] >> (4 * (index % 2)) & 15; }

/// Q2_K, Q3_K: the 2-bit code of an element. Byte 32 * half + r holds elements r, r + 32, r + 64, r + 96 of
/// a half of 128.
inline int two_bit_code(const uint8_t* codes, int element) {
  const int half = element / 128;
  const int shift = 2 * (element % 128 / 32);
  return codes[32 * half + element % 32] >> shift & 3;
}

/// Q4_K, Q5_K: the 4-bit code of an element. A run of 32 bytes holds 32 elements low, then the next 32 high.
inline int paired_nibble(const uint8_t* codes, int element) {
  return split_nibble<32>(codes + 32 * (element / 64), element % 64);
}

struct ScaleMin {
  int scale;
  int min;
};

/// Q4_K, Q5_K: scale and minimum (6 bits each) of a group of 32 elements, 0..7.
///
///   byte      0..3                4..7                8..11
///   bits 0-5  scale of group 0-3  min of group 0-3    bits 0-3: scale of group 4-7, low bits
///   bits 6-7  scale of 4-7, high  min of 4-7, high    bits 4-7: min of group 4-7, low bits
inline ScaleMin unpack_scale_min(const uint8_t scales[12], int group) {
  if (group < 4) return {scales[group] & 63, scales[group + 4] & 63};
  return {(scales[group + 4] & 15) | (scales[group - 4] >> 6) << 4,
          (scales[group + 4] >> 4) | (scales[group] >> 6) << 4};
}

/// IQ2, IQ3: eight signs are stored as seven; the eighth makes the number of minus signs even.
inline int signs_from_index(uint32_t index) {
  const uint32_t low = index & 127;
  return static_cast<int>(low | static_cast<uint32_t>(__builtin_parity(low)) << 7);
}

/// IQ2, IQ3: `count` grid values times a scale; bit j of `signs` makes value j negative.
inline void write_signed(float scale, const int8_t* values, int count, int signs, float* to) {
  for (int j = 0; j < count; ++j) to[j] = scale * (signs >> j & 1 ? -values[j] : values[j]);
}

}  // namespace tug
