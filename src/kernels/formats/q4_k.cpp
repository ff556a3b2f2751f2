#include "kernels/formats/q4_k.h"

#include "kernels/formats/pack_rows.h"
#include "tensor/formats/common.h"
#include "tensor/formats/q4_k.h"
#include "tensor/formats/q5_k.h"

namespace tug {
namespace {

/// Q4_K's part. 64 columns share 32 bytes: the low nibbles are one group, the high ones the next.
template <class Block, class Panel>
void pack_row(const Block& from, int64_t row, Panel& to) {
  to.scales[row] = from.d;
  to.minima[row] = from.dmin;
  for (int group = 0; group < 8; ++group) {
    const ScaleMin both = unpack_scale_min(from.scales, group);
    to.group_scales[group / 2][2 * row + group % 2] = static_cast<uint8_t>(both.scale);
    to.group_minima[group / 2][2 * row + group % 2] = static_cast<uint8_t>(both.min);
    const uint8_t* codes = from.qs + 32 * (group / 2);
    const int shift = 4 * (group % 2);
    put_nibbles(
        8, [&](int q) { return word(codes, q) >> shift & 0x0f0f0f0f; }, to.groups[group].quads, row);
  }
}

void pack_row_q5_k(const BlockQ5_K& from, int64_t row, PanelQ5_K& to) {
  pack_row(from, row, to);
  for (int group = 0; group < 8; ++group) {
    put_word(bit_plane(8, group, 0, [&](int q) { return word(from.qh, q); }), to.groups[group].fifth, row);
  }
}

}  // namespace

void pack_q4_k(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockQ4_K, PanelQ4_K, pack_row>(rows, count, cols, panel);
}
void pack_q5_k(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockQ5_K, PanelQ5_K, pack_row_q5_k>(rows, count, cols, panel);
}

}  // namespace tug
