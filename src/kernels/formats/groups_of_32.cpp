#include "kernels/formats/groups_of_32.h"

#include "kernels/formats/grid_codes.h"
#include "kernels/formats/pack_rows.h"
#include "tensor/formats/common.h"
#include "tensor/formats/iq3_s.h"
#include "tensor/formats/iq3_xxs.h"
#include "tensor/formats/iq4_xs.h"

namespace tug {
namespace {

/// The values are about kStep * (m + 0.5); m is code 8 + m, and its opposite 7 - m.
template <int kStep, size_t kEntries>
auto iq3_codes(const Grid<kEntries, 4>& grid) {
  return grid_codes<uint32_t>(grid, [](int value) { return 8 + value / kStep; });
}
/// Two vectors of codes.
uint64_t with_signs(uint32_t first, uint32_t second, int signs) {
  const uint64_t codes = first | uint64_t{second} << 32;
  return codes ^ (bytes_of_bits(signs) & 0x0f0f0f0f0f0f0f0f);
}

template <size_t kRows>
void put_decoded(const std::array<Decoded, kRows>& rows, int64_t first_row, PanelGroupsOf32& to) {
  const BlockRows<Decoded, static_cast<int>(kRows)> from = {rows.data(), 1};
  for (int group = 0; group < 8; ++group) {
    const auto words = from.template words<8>([&](const Decoded& row) { return row.codes + 4 * group; });
    put_nibbles(
        8, [&](int q) { return words[static_cast<size_t>(q)]; }, to.quads[group], first_row);
  }
}

template <int kRows>
void pack_row(const BlockRows<BlockIQ3_XXS, kRows>& from, int64_t first_row, PanelIQ3_XXS& to) {
  static const auto grid = iq3_codes<8>(kIq3xxsGrid);
  from.each(first_row, [&](const BlockIQ3_XXS& block, int64_t row) {
    to.scales[row] = block.d;
    for (int group = 0; group < 8; ++group) {
      const auto scale = static_cast<int8_t>(2 * (block.signs_scale[group] >> 28) + 1);
      to.group_scales[group / 2][2 * row + group % 2] = scale;
    }
  });
  const auto decode = [](const BlockIQ3_XXS& block, uint64_t* codes) {
    for (int v = 0; v < 32; ++v) {
      const int signs = signs_from_index(block.signs_scale[v / 4] >> (7 * (v % 4)));
      codes[v] = with_signs(grid[block.qs[2 * v]], grid[block.qs[2 * v + 1]], signs);
    }
  };
  put_decoded(decoded(from, decode), first_row, to);
}

template <int kRows>
void pack_row(const BlockRows<BlockIQ3_S, kRows>& from, int64_t first_row, PanelIQ3_S& to) {
  static const auto grid = iq3_codes<2>(kIq3sGrid);
  from.each(first_row, [&](const BlockIQ3_S& block, int64_t row) {
    to.scales[row] = block.d;
    for (int group = 0; group < 8; ++group) {
      const auto scale = static_cast<int8_t>(2 * nibble(block.scales, group) + 1);
      to.group_scales[group / 2][2 * row + group % 2] = scale;
    }
  });
  const auto decode = [](const BlockIQ3_S& block, uint64_t* codes) {
    const auto codes_of = [&](int quad) {
      return grid[static_cast<size_t>(block.qs[quad] | (block.qh[quad / 8] >> (quad % 8) & 1) << 8)];
    };
    for (int v = 0; v < 32; ++v) codes[v] = with_signs(codes_of(2 * v), codes_of(2 * v + 1), block.signs[v]);
  };
  put_decoded(decoded(from, decode), first_row, to);
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
  const auto pack = [](const auto& from, int64_t row, PanelIQ3_XXS& to) { pack_row(from, row, to); };
  pack_four_rows<BlockIQ3_XXS, PanelIQ3_XXS>(rows, count, cols, panel, pack);
}
void pack_iq3_s(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t row, PanelIQ3_S& to) { pack_row(from, row, to); };
  pack_four_rows<BlockIQ3_S, PanelIQ3_S>(rows, count, cols, panel, pack);
}

}  // namespace tug
