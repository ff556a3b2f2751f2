#include "kernels/formats/q6_k.h"

#include "kernels/formats/pack_rows.h"
#include "tensor/formats/q6_k.h"

namespace tug {
namespace {

// A half of 128 columns is four runs of 32: two share 32 bytes of nibbles, all four share 32 bytes of high
// bits.
template <class Rows>
void pack_row(const Rows& from, int64_t first_row, PanelQ6_K& to) {
  from.each(first_row, [&](const BlockQ6_K& block, int64_t row) {
    to.scales[row] = block.d;
    for (int group = 0; group < 16; ++group)
      to.group_scales[group / 2][2 * row + group % 2] = block.scales[group];
  });
  for (int half = 0; half < 2; ++half) {
    const auto low = from.template words<16>([&](const BlockQ6_K& block) { return block.ql + 64 * half; });
    const auto high = from.template words<8>([&](const BlockQ6_K& block) { return block.qh + 32 * half; });
    for (int group = 0; group < 8; ++group) {
      const int run = group / 2, first = 4 * (group % 2);
      const auto nibbles = [&](int q) {
        return low[static_cast<size_t>(8 * (run % 2) + first + q)] >> (4 * (run / 2)) & 0x0f0f0f0f;
      };
      decltype(nibbles(0)) bits = {};
      for (int q = 0; q < 4; ++q)
        bits |= (high[static_cast<size_t>(first + q)] >> (2 * run) & 0x03030303) << (2 * q);
      PanelQ6_K::Group& to_group = to.groups[8 * half + group];
      put_nibbles(4, nibbles, to_group.low, first_row);
      put_word(bits, to_group.high, first_row);
    }
  }
}

}  // namespace

void pack_q6_k(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_four_rows<BlockQ6_K, PanelQ6_K>(
      rows, count, cols, panel,
      [](const auto& from, int64_t row, PanelQ6_K& to) { pack_row(from, row, to); });
}

}  // namespace tug
