#include "kernels/formats/q4_k.h"

#include "kernels/formats/pack_rows.h"
#include "tensor/formats/common.h"
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
    for (int group = 0; group < 8; ++group) {
      const ScaleMin both = unpack_scale_min(block.scales, group);
      to.group_scales[group / 2][2 * row + group % 2] = static_cast<uint8_t>(both.scale);
      to.group_minima[group / 2][2 * row + group % 2] = static_cast<uint8_t>(both.min);
    }
  });
  for (int group = 0; group < 8; ++group) {
    const auto codes = [&](const auto& block) { return block.qs + 32 * (group / 2); };
    const int shift = 4 * (group % 2);
    put_nibbles(
        8, [&](int q) { return from.word(codes, q) >> shift & 0x0f0f0f0f; }, to.groups[group].quads,
        first_row);
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
    const auto high = [](const BlockQ5_K& block) { return block.qh; };
    for (int group = 0; group < 8; ++group) {
      put_word(bit_plane(8, group, 0, [&](int q) { return from.word(high, q); }), to.groups[group].fifth,
               row);
    }
  };
  pack_four_rows<BlockQ5_K, PanelQ5_K>(rows, count, cols, panel, pack);
}

}  // namespace tug
