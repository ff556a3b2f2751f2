// For the packers. A stored row keeps 4 consecutive codes in 4 bytes, as a panel does, so whole words are
// moved.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

#include "base/bytes.h"
#include "kernels/packing.h"

namespace tug {

inline uint32_t word(const void* codes, int64_t index) {
  return load<uint32_t>(static_cast<const std::byte*>(codes) + 4 * index);
}
/// The same word of four rows.
using Words = uint32_t __attribute__((vector_size(16)));

/// From four words of each of four rows to the same word of all of them, four times.
inline void transpose(Words (&rows)[4]) {
  const Words a = __builtin_shuffle(rows[0], rows[1], Words{0, 4, 1, 5});
  const Words b = __builtin_shuffle(rows[0], rows[1], Words{2, 6, 3, 7});
  const Words c = __builtin_shuffle(rows[2], rows[3], Words{0, 4, 1, 5});
  const Words d = __builtin_shuffle(rows[2], rows[3], Words{2, 6, 3, 7});
  rows[0] = __builtin_shuffle(a, c, Words{0, 1, 4, 5});
  rows[1] = __builtin_shuffle(a, c, Words{2, 3, 6, 7});
  rows[2] = __builtin_shuffle(b, d, Words{0, 1, 4, 5});
  rows[3] = __builtin_shuffle(b, d, Words{2, 3, 6, 7});
}

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
  /// The first kWords, a multiple of 4, of the array that codes(block) names.
  template <int kWords, class Codes>
  auto words(Codes codes) const {
    std::array<std::conditional_t<kRows == 1, uint32_t, Words>, kWords> words;
    if constexpr (kRows == 1) std::memcpy(words.data(), codes((*this)[0]), 4 * kWords);
    else {
      for (int at = 0; at < kWords; at += 4) {
        Words four[4];
        for (int row = 0; row < 4; ++row)
          std::memcpy(&four[row], reinterpret_cast<const std::byte*>(codes((*this)[row])) + 4 * at, 16);
        transpose(four);
        std::copy_n(four, 4, words.begin() + at);
      }
    }
    return words;
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
/// Of 32 codes where byte j holds code j (low nibble) and j + 16 (high).
template <class Word>
auto split_word(const std::array<Word, 4>& words, int quad) {
  return words[static_cast<size_t>(quad % 4)] >> (quad < 4 ? 0 : 4) & 0x0f0f0f0f;
}
/// Bit `bit` of each of the bytes of `count` words, the bit of word q at bit first + q.
template <class WordOf>
auto bit_plane(int count, int bit, int first, WordOf word_of) {
  decltype(word_of(0)) plane = {};
  for (int q = 0; q < count; ++q) plane |= (word_of(q) >> bit & 0x01010101) << (first + q);
  return plane;
}

/// The codes of a block of 256, in order; what decode(block, codes) writes, of as many rows.
struct Decoded {
  uint64_t codes[32];
};
template <class Block, int kRows, class Decode>
std::array<Decoded, kRows> decoded(const BlockRows<Block, kRows>& from, Decode decode) {
  std::array<Decoded, kRows> rows;
  for (int row = 0; row < kRows; ++row) decode(from[row], rows[static_cast<size_t>(row)].codes);
  return rows;
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

/// Asks for the block's stored rows of the next panel, and for the place of the next block: no processor
/// foresees so many streams.
template <class Block, class Panel>
void prefetch_next(const Block* rows, int64_t across, Panel* block) {
  const auto* from = reinterpret_cast<const std::byte*>(rows + kLanes * across);
  for (size_t at = 0; at < kLanes * sizeof(Block); at += 64) __builtin_prefetch(from + at, 0, 2);
  const auto* to = reinterpret_cast<const std::byte*>(block + 1);
  for (size_t at = 0; at < sizeof(Panel); at += 64) __builtin_prefetch(to + at, 1, 2);
}

/// Calls pack(BlockRows, row, panel) for every block, four rows at a time where all sixteen are there.
template <class Block, class Panel, class Pack>
void pack_four_rows(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel, Pack pack) {
  const auto* from = reinterpret_cast<const Block*>(rows);
  auto* blocks = reinterpret_cast<Panel*>(panel);
  const int64_t across = cols / Panel::kColumns;
  if (count == kLanes) {
    for (int64_t b = 0; b < across; ++b) {
      prefetch_next(from + kLanes * b, across, blocks + b);
      for (int64_t row = 0; row < kLanes; row += 4)
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
