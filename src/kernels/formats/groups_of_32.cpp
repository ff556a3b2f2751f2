#include "kernels/formats/groups_of_32.h"

#include "kernels/formats/pack_rows.h"
#include "tensor/formats/common.h"
#include "tensor/formats/iq3_s.h"
#include "tensor/formats/iq3_xxs.h"
#include "tensor/formats/iq4_xs.h"
#include "tensor/formats/iq_grids.h"

namespace tug {
namespace {

/// The codes of a grid's vector, whose values are about kStep * (m + 0.5), with signs.
template <int kStep>
uint32_t signed_codes(const std::array<int8_t, 4>& values, int signs) {
  uint32_t codes = 0;
  for (int i = 0; i < 4; ++i) {
    const int m = values[static_cast<size_t>(i)] / kStep, code = signs >> i & 1 ? 7 - m : 8 + m;
    codes |= static_cast<uint32_t>(code) << (8 * i);
  }
  return codes;
}

void pack_row(const BlockIQ3_XXS& from, int64_t row, PanelIQ3_XXS& to) {
  to.scales[row] = from.d;
  for (int group = 0; group < 8; ++group) {
    const uint32_t packed = from.signs_scale[group];
    to.group_scales[group / 2][2 * row + group % 2] = static_cast<int8_t>(2 * (packed >> 28) + 1);
    const auto word_of = [&](int q) {
      const int signs = signs_from_index(packed >> (7 * (q / 2))) >> (4 * (q % 2));
      return signed_codes<8>(kIq3xxsGrid[from.qs[8 * group + q]], signs);
    };
    put_nibbles(8, word_of, to.quads[group], row);
  }
}

void pack_row(const BlockIQ3_S& from, int64_t row, PanelIQ3_S& to) {
  to.scales[row] = from.d;
  for (int group = 0; group < 8; ++group) {
    to.group_scales[group / 2][2 * row + group % 2] = static_cast<int8_t>(2 * nibble(from.scales, group) + 1);
    const auto word_of = [&](int q) {
      const int index = from.qs[8 * group + q] | (from.qh[group] >> q & 1) << 8;
      return signed_codes<2>(kIq3sGrid[static_cast<size_t>(index)], nibble(from.signs, 8 * group + q));
    };
    put_nibbles(8, word_of, to.quads[group], row);
  }
}

}  // namespace

void pack_iq4_xs(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t first_row, PanelIQ4_XS& to) {
    from.each(first_row, [&](const BlockIQ4_XS& block, int64_t row) {
      to.scales[row] = block.d;
      for (int group = 0; group < 8; ++group) {
        const int scale = nibble(block.scales_l, group) | (block.scales_h >> (2 * group) & 3) << 4;
        to.group_scales[group / 2][2 * row + group % 2] = static_cast<int8_t>(scale - 32);
      }
    });
    for (int group = 0; group < 8; ++group) {
      const auto codes =
          from.template words<4>([&](const BlockIQ4_XS& block) { return block.qs + 16 * group; });
      put_nibbles(
          8, [&](int q) { return split_word(codes, q); }, to.quads[group], first_row);
    }
  };
  pack_four_rows<BlockIQ4_XS, PanelIQ4_XS>(rows, count, cols, panel, pack);
}
void pack_iq3_xxs(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockIQ3_XXS, PanelIQ3_XXS, pack_row>(rows, count, cols, panel);
}
void pack_iq3_s(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockIQ3_S, PanelIQ3_S, pack_row>(rows, count, cols, panel);
}

}  // namespace tug
