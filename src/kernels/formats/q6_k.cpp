#include "kernels/formats/q6_k.h"

#include "kernels/formats/pack_rows.h"
#include "tensor/formats/q6_k.h"

namespace tug {
namespace {

// A half of 128 columns is four runs of 32: two share 32 bytes of nibbles, all four share 32 bytes of high
// bits.
void pack_row(const BlockQ6_K& from, int64_t row, PanelQ6_K& to) {
  to.scales[row] = from.d;
  for (int group = 0; group < 16; ++group) {
    to.group_scales[group / 2][2 * row + group % 2] = from.scales[group];
    const int half = group / 8, run = group / 2 % 4, first_quad = 4 * (group % 2);
    const uint8_t* low = from.ql + 64 * half + 32 * (run % 2);
    const uint8_t* high = from.qh + 32 * half;
    uint32_t nibbles[2] = {}, bits = 0;
    for (int q = 0; q < 4; ++q) {
      nibbles[q / 2] |= (word(low, first_quad + q) >> (4 * (run / 2)) & 0x0f0f0f0f) << (4 * (q % 2));
      bits |= (word(high, first_quad + q) >> (2 * run) & 0x03030303) << (2 * q);
    }
    PanelQ6_K::Group& to_group = to.groups[group];
    put_word(nibbles[0], to_group.low[0], row);
    put_word(nibbles[1], to_group.low[1], row);
    put_word(bits, to_group.high, row);
  }
}

}  // namespace

void pack_q6_k(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockQ6_K, PanelQ6_K, pack_row>(rows, count, cols, panel);
}

}  // namespace tug
