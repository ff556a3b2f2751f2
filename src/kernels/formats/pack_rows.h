// For the packers. A stored row keeps 4 consecutive codes in 4 bytes, as a panel does, so whole words are
// moved.
#pragma once

#include <cstring>

#include "base/bytes.h"
#include "kernels/packing.h"

namespace tug {

inline uint32_t word(const void* codes, int64_t index) {
  return load<uint32_t>(static_cast<const std::byte*>(codes) + 4 * index);
}
inline void put_word(uint32_t value, uint8_t* quad, int64_t row) {
  std::memcpy(quad + 4 * row, &value, sizeof(value));
}

/// Puts the codes of words 0 .. quads - 1 two by two into the nibbles of the quads' shared bytes.
template <class WordOf>
void put_nibbles(int quads, WordOf word_of, uint8_t (*to)[64], int64_t row) {
  for (int i = 0; i < quads / 2; ++i) put_word(word_of(2 * i) | word_of(2 * i + 1) << 4, to[i], row);
}
/// 32 codes where byte j holds code j (low nibble) and j + 16 (high).
inline uint32_t split_word(const uint8_t* codes, int quad) {
  return word(codes, quad % 4) >> (quad < 4 ? 0 : 4) & 0x0f0f0f0f;
}
/// Bit `bit` of each of the bytes of `count` words, the bit of word q at bit first + q.
template <class WordOf>
uint32_t bit_plane(int count, int bit, int first, WordOf word_of) {
  uint32_t plane = 0;
  for (int q = 0; q < count; ++q) plane |= (word_of(q) >> bit & 0x01010101) << (first + q);
  return plane;
}

/// Calls kPackRow(block, row, panel) for every block of the rows.
template <class Block, class Panel, void (*kPackRow)(const Block&, int64_t, Panel&)>
void pack_rows(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto* from = reinterpret_cast<const Block*>(rows);
  auto* blocks = reinterpret_cast<Panel*>(panel);
  const int64_t blocks_per_row = cols / Panel::kColumns;
  for (int64_t row = 0; row < count; ++row) {
    for (int64_t b = 0; b < blocks_per_row; ++b) kPackRow(*from++, row, blocks[b]);
  }
}

}  // namespace tug
