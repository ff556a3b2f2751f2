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
