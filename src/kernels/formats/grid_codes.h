// The vectors of IQ blocks as the codes of panels, and signs as masks of bytes: for the packers.
#pragma once

#include <array>
#include <cstdint>

#include "tensor/formats/iq_grids.h"

namespace tug {

/// For every vector a word of codes, code_of(value) in the byte of the value's place.
template <class Word, size_t kEntries, size_t kWidth, class CodeOf>
std::array<Word, kEntries> grid_codes(const Grid<kEntries, kWidth>& grid, CodeOf code_of) {
  static_assert(sizeof(Word) == kWidth);
  std::array<Word, kEntries> words = {};
  for (size_t entry = 0; entry < kEntries; ++entry) {
    for (size_t i = 0; i < kWidth; ++i) words[entry] |= static_cast<Word>(code_of(grid[entry][i])) << (8 * i);
  }
  return words;
}

/// The bytes whose bits are set.
inline constexpr std::array<uint64_t, 256> kBytesOfBits = [] {
  std::array<uint64_t, 256> masks = {};
  for (size_t bits = 0; bits < 256; ++bits) {
    for (size_t i = 0; i < 8; ++i) masks[bits] |= (bits >> i & 1) * (uint64_t{0xff} << (8 * i));
  }
  return masks;
}();

inline uint64_t bytes_of_bits(int bits) { return kBytesOfBits[static_cast<size_t>(bits & 255)]; }

}  // namespace tug
