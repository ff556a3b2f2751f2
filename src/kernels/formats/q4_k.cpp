#include "kernels/formats/q4_k.h"

#include "kernels/formats/pack_rows.h"
#include "tensor/formats/common.h"
#include "tensor/formats/q4_k.h"

namespace tug {
namespace {

// 64 columns share 32 bytes: the low nibbles are one group, the high ones the next.
void pack_row(const BlockQ4_K& from, int64_t row, PanelQ4_K& to) {
  to.scales[row] = from.d;
  to.minima[row] = from.dmin;
  for (int group = 0; group < 8; ++group) {
    const ScaleMin both = unpack_scale_min(from.scales, group);
    to.group_scales[group / 2][2 * row + group % 2] = static_cast<uint8_t>(both.scale);
    to.group_minima[group / 2][2 * row + group % 2] = static_cast<uint8_t>(both.min);
    const uint8_t* codes = from.qs + 32 * (group / 2);
    const int shift = 4 * (group % 2);
    for (int i = 0; i < 4; ++i) {
      const uint32_t even = word(codes, 2 * i) >> shift & 0x0f0f0f0f;
      const uint32_t odd = word(codes, 2 * i + 1) >> shift & 0x0f0f0f0f;
      put_word(even | odd << 4, to.quads[group][i], row);
    }
  }
}

}  // namespace

void pack_q4_k(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockQ4_K, PanelQ4_K, pack_row>(rows, count, cols, panel);
}

}  // namespace tug
