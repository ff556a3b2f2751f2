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
/// The same word of four rows.
using Words = uint32_t __attribute__((vector_size(16)));

template <class WordOrWords>
void put_word(WordOrWords value, uint8_t* quad, int64_t row) {
  std::memcpy(quad + 4 * row, &value, sizeof(value));
}

/// Blocks of one row, or the same block of four rows, whose codes then move together.
template <class Block, int kRows>
struct BlockRows {
  const Block* first;
  int64_t apart;  // blocks

  const Block& operator[](int row) const { return first[row * apart]; }
  /// Of the array that codes(block) names.
  template <class Codes>
  auto word(Codes codes, int64_t index) const {
    if constexpr (kRows == 1) return tug::word(codes((*this)[0]), index);
    else
      return Words{tug::word(codes((*this)[0]), index), tug::word(codes((*this)[1]), index),
                   tug::word(codes((*this)[2]), index), tug::word(codes((*this)[3]), index)};
  }
  /// Calls visit(block, row) for each.
  template <class Visit>
  void each(int64_t row, Visit visit) const {
    for (int r = 0; r < kRows; ++r) visit((*this)[r], row + r);
  }
};

/// Puts the codes of words 0 .. quads - 1 two by two into the nibbles of the quads' shared bytes.
template <class WordOf>
void put_nibbles(int quads, WordOf word_of, uint8_t (*to)[64], int64_t row) {
  for (int i = 0; i < quads / 2; ++i) put_word(word_of(2 * i) | word_of(2 * i + 1) << 4, to[i], row);
}
/// Of 32 codes where byte j holds code j (low nibble) and j + 16 (high); rows is a BlockRows.
template <class Rows, class Codes>
auto split_word(const Rows& rows, Codes codes, int quad) {
  return rows.word(codes, quad % 4) >> (quad < 4 ? 0 : 4) & 0x0f0f0f0f;
}
/// Bit `bit` of each of the bytes of `count` words, the bit of word q at bit first + q.
template <class WordOf>
auto bit_plane(int count, int bit, int first, WordOf word_of) {
  decltype(word_of(0)) plane = {};
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

/// Calls pack(BlockRows, row, panel) for every block, four rows at a time where all sixteen are there.
template <class Block, class Panel, class Pack>
void pack_four_rows(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel, Pack pack) {
  const auto* from = reinterpret_cast<const Block*>(rows);
  auto* blocks = reinterpret_cast<Panel*>(panel);
  const int64_t across = cols / Panel::kColumns;
  if (count == kLanes) {
    for (int64_t row = 0; row < kLanes; row += 4) {
      for (int64_t b = 0; b < across; ++b)
        pack(BlockRows<Block, 4>{from + row * across + b, across}, row, blocks[b]);
    }
    return;
  }
  for (int64_t row = 0; row < count; ++row) {
    for (int64_t b = 0; b < across; ++b)
      pack(BlockRows<Block, 1>{from + row * across + b, across}, row, blocks[b]);
  }
}

}  // namespace tug
