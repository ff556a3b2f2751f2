#include "kernels/formats/q4_k.h"

#include "kernels/formats/pack_rows.h"
#include "tensor/formats/q4_k.h"
#include "tensor/formats/q5_k.h"

namespace tug {
namespace {

/// Q4_K's part. 64 columns share 32 bytes: the low nibbles are one group, the high ones the next.
template <class Rows, class Panel>
void pack_row(const Rows& from, int64_t first_row, Panel& to) {
  from.each(first_row, [&](const auto& block, int64_t row) {
    to.scales[row] = block.d;
    to.minima[row] = block.dmin;
    // 12 bytes: six bits of scales 0-3 and minima 0-3, then nibbles of both of 4-7, whose upper bits are
    // above the six. Four bytes at a time.
    const uint32_t a = word(block.scales, 0), b = word(block.scales, 1), c = word(block.scales, 2);
    const uint32_t scales[2] = {a & 0x3f3f3f3f, (c & 0x0f0f0f0f) | (a >> 2 & 0x30303030)};
    const uint32_t minima[2] = {b & 0x3f3f3f3f, (c >> 4 & 0x0f0f0f0f) | (b >> 2 & 0x30303030)};
    for (int pair = 0; pair < 4; ++pair) {
      const auto scale = static_cast<uint16_t>(scales[pair / 2] >> (16 * (pair % 2)));
      const auto minimum = static_cast<uint16_t>(minima[pair / 2] >> (16 * (pair % 2)));
      std::memcpy(&to.group_scales[pair][2 * row], &scale, sizeof(scale));
      std::memcpy(&to.group_minima[pair][2 * row], &minimum, sizeof(minimum));
    }
  });
  for (int pair = 0; pair < 4; ++pair) {
    const auto words = from.template words<8>([&](const auto& block) { return block.qs + 32 * pair; });
    for (int odd = 0; odd < 2; ++odd) {
      const auto codes = [&](int q) { return words[static_cast<size_t>(q)] >> (4 * odd) & 0x0f0f0f0f; };
      put_nibbles(8, codes, to.groups[2 * pair + odd].quads, first_row);
    }
  }
}

}  // namespace

void pack_q4_k(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_four_rows<BlockQ4_K, PanelQ4_K>(
      rows, count, cols, panel,
      [](const auto& from, int64_t row, PanelQ4_K& to) { pack_row(from, row, to); });
}
void pack_q5_k(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t row, PanelQ5_K& to) {
    pack_row(from, row, to);
    const auto high = from.template words<8>([](const BlockQ5_K& block) { return block.qh; });
    const auto word_of = [&](int q) { return high[static_cast<size_t>(q)]; };
    for (int group = 0; group < 8; ++group)
      put_word(bit_plane(8, group, 0, word_of), to.groups[group].fifth, row);
  };
  pack_four_rows<BlockQ5_K, PanelQ5_K>(rows, count, cols, panel, pack);
}

}  // namespace tug
