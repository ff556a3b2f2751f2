#include "kernels/formats/two_bits.h"

#include "kernels/formats/pack_rows.h"
#include "tensor/formats/common.h"
#include "tensor/formats/q2_k.h"
#include "tensor/formats/tq1_0.h"
#include "tensor/formats/tq2_0.h"

namespace tug {
namespace {

/// The 16 codes of a group (two_bit_code) as a panel has them: quad i at bits 2i, 2i + 1. `words`: 16.
template <class Words>
auto two_bit_word(const Words& words, int group) {
  const auto first = static_cast<size_t>(8 * (group / 8) + 4 * (group % 2));
  const int shift = 2 * (group % 8 / 2);
  typename Words::value_type all = {};
  for (int q = 0; q < 4; ++q) all |= (words[first + static_cast<size_t>(q)] >> shift & 0x03030303) << (2 * q);
  return all;
}

template <int kRows>
void pack_row(const BlockRows<BlockQ2_K, kRows>& from, int64_t first_row, PanelQ2_K& to) {
  from.each(first_row, [&](const BlockQ2_K& block, int64_t row) {
    to.scales[row] = block.d;
    to.minima[row] = block.dmin;
    for (int group = 0; group < 16; ++group) {
      to.group_scales[group / 2][2 * row + group % 2] = block.scales[group] & 15;
      to.group_minima[group / 2][2 * row + group % 2] = block.scales[group] >> 4;
    }
  });
  const auto words = from.template words<16>([](const BlockQ2_K& block) { return block.qs; });
  for (int group = 0; group < 16; ++group) put_word(two_bit_word(words, group), to.codes[group], first_row);
}

template <int kRows>
void pack_row(const BlockRows<BlockTQ2_0, kRows>& from, int64_t first_row, PanelTernary& to) {
  from.each(first_row, [&](const BlockTQ2_0& block, int64_t row) { to.scales[row] = block.d; });
  const auto words = from.template words<16>([](const BlockTQ2_0& block) { return block.qs; });
  for (int group = 0; group < 16; ++group) put_word(two_bit_word(words, group), to.codes[group], first_row);
}

/// `runs` digits of each of `count` bytes, the first digits of all first.
void unpack_digits(const uint8_t* bytes, int count, int runs, uint8_t* codes) {
  uint32_t power = 1;
  for (int run = 0; run < runs; ++run, power *= 3) {
    for (int i = 0; i < count; ++i) *codes++ = static_cast<uint8_t>((bytes[i] * power & 255) * 3 >> 8);
  }
}

void pack_row_tq1_0(const BlockTQ1_0& from, int64_t row, PanelTernary& to) {
  uint8_t codes[256];
  unpack_digits(from.qs, 32, 5, codes);
  unpack_digits(from.qs + 32, 16, 5, codes + 160);
  unpack_digits(from.qh, 4, 4, codes + 240);
  to.scales[row] = from.d;
  for (int group = 0; group < 16; ++group) {
    uint32_t all = 0;
    for (int q = 0; q < 4; ++q) all |= word(codes + 16 * group, q) << (2 * q);
    put_word(all, to.codes[group], row);
  }
}

}  // namespace

void pack_q2_k(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t row, PanelQ2_K& to) { pack_row(from, row, to); };
  pack_four_rows<BlockQ2_K, PanelQ2_K>(rows, count, cols, panel, pack);
}
void pack_tq1_0(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockTQ1_0, PanelTernary, pack_row_tq1_0>(rows, count, cols, panel);
}
void pack_tq2_0(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t row, PanelTernary& to) { pack_row(from, row, to); };
  pack_four_rows<BlockTQ2_0, PanelTernary>(rows, count, cols, panel, pack);
}

}  // namespace tug
