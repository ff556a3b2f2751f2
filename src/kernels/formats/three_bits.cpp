#include "kernels/formats/three_bits.h"

#include "kernels/formats/grid_codes.h"
#include "kernels/formats/pack_rows.h"
#include "tensor/formats/common.h"
#include "tensor/formats/iq1_m.h"
#include "tensor/formats/iq1_s.h"
#include "tensor/formats/iq2_s.h"
#include "tensor/formats/iq2_xs.h"
#include "tensor/formats/iq2_xxs.h"
#include "tensor/formats/q3_k.h"

namespace tug {
namespace {

/// words_of(group): its four words of 3-bit codes.
template <class WordsOf>
void put_codes(WordsOf words_of, int64_t row, PanelThreeBits& to) {
  for (int pair = 0; pair < 8; ++pair) {
    decltype(words_of(0)[0] << 1) high = {};
    for (int odd = 0; odd < 2; ++odd) {
      const auto words = words_of(2 * pair + odd);
      decltype(high) low = {};
      for (int q = 0; q < 4; ++q) {
        const auto codes = words[static_cast<size_t>(q)];
        low |= (codes & 0x03030303) << (2 * q);
        high |= (codes >> 2 & 0x01010101) << (4 * odd + q);
      }
      put_word(low, to.pairs[pair].low[odd], row);
    }
    put_word(high, to.pairs[pair].high, row);
  }
}

void put_scale(int scale, int group, int64_t row, PanelThreeBits& to) {
  to.group_scales[group / 2][2 * row + group % 2] = static_cast<int8_t>(scale);
}

template <int kRows>
void pack_row_q3_k(const BlockRows<BlockQ3_K, kRows>& from, int64_t first_row, PanelQ3_K& to) {
  from.each(first_row, [&](const BlockQ3_K& block, int64_t row) {
    to.scales[row] = block.d;
    for (int group = 0; group < 16; ++group) {
      const int low = block.scales[group % 8] >> (group < 8 ? 0 : 4) & 15;
      const int high = block.scales[8 + group % 4] >> (2 * (group / 4)) & 3;
      put_scale((low | high << 4) - 32, group, row, to);
    }
  });
  const auto low = from.template words<16>([](const BlockQ3_K& block) { return block.qs; });
  const auto high = from.template words<8>([](const BlockQ3_K& block) { return block.hmask; });
  const auto words_of = [&](int group) {
    std::array<typename decltype(high)::value_type, 4> words;
    for (int q = 0; q < 4; ++q) {
      const auto at = static_cast<size_t>(4 * (group % 2) + q), half = static_cast<size_t>(8 * (group / 8));
      words[static_cast<size_t>(q)] = (low[half + at] >> (2 * (group % 8 / 2)) & 0x03030303) |
                                      (high[at] >> (group / 2) & 0x01010101) << 2;
    }
    return words;
  };
  put_codes(words_of, first_row, to);
}

template <size_t kRows>
void put_decoded(const std::array<Decoded, kRows>& rows, int64_t first_row, PanelThreeBits& to) {
  const BlockRows<Decoded, static_cast<int>(kRows)> from = {rows.data(), 1};
  const auto words_of = [&](int group) {
    return from.template words<4>([&](const Decoded& row) { return row.codes + 2 * group; });
  };
  put_codes(words_of, first_row, to);
}

/// 8, 25, 43 are codes 3, 4, 5; negative ones are 2, 1, 0.
template <size_t kEntries>
auto iq2_codes(const Grid<kEntries, 8>& grid) {
  return grid_codes<uint64_t>(grid, [](int value) { return 3 + value / 17; });
}
uint64_t with_signs(uint64_t codes, int signs) {
  const uint64_t negative = 0x0505050505050505 - codes;
  return codes ^ ((codes ^ negative) & bytes_of_bits(signs));
}
/// -1, 0, 1 are codes 0, 2, 4, and one more when the shift is up.
const auto& iq1_codes() {
  static const auto codes = grid_codes<uint64_t>(kIq1sGrid, [](int value) { return 2 * (value + 1); });
  return codes;
}
/// No branch, which no processor would foresee.
uint64_t shifted(uint64_t codes, bool down) { return codes + uint64_t{!down} * 0x0101010101010101; }

template <int kRows>
void pack_row_iq2_xxs(const BlockRows<BlockIQ2_XXS, kRows>& from, int64_t first_row, PanelIQ2& to) {
  static const auto grid = iq2_codes(kIq2xxsGrid);
  from.each(first_row, [&](const BlockIQ2_XXS& block, int64_t row) {
    to.scales[row] = block.d;
    for (int group = 0; group < 16; ++group)
      put_scale(static_cast<int>(2 * (block.groups[group / 2].signs_scale >> 28) + 1), group, row, to);
  });
  const auto decode = [](const BlockIQ2_XXS& block, uint64_t* codes) {
    for (int v = 0; v < 32; ++v) {
      const auto& group = block.groups[v / 4];
      codes[v] = with_signs(grid[group.grid[v % 4]], signs_from_index(group.signs_scale >> (7 * (v % 4))));
    }
  };
  put_decoded(decoded(from, decode), first_row, to);
}

template <int kRows>
void pack_row_iq2_xs(const BlockRows<BlockIQ2_XS, kRows>& from, int64_t first_row, PanelIQ2& to) {
  static const auto grid = iq2_codes(kIq2xsGrid);
  from.each(first_row, [&](const BlockIQ2_XS& block, int64_t row) {
    to.scales[row] = block.d;
    for (int group = 0; group < 16; ++group) put_scale(2 * nibble(block.scales, group) + 1, group, row, to);
  });
  const auto decode = [](const BlockIQ2_XS& block, uint64_t* codes) {
    for (int v = 0; v < 32; ++v) {
      const uint32_t packed = block.qs[v];
      codes[v] = with_signs(grid[packed & 511], signs_from_index(packed >> 9));
    }
  };
  put_decoded(decoded(from, decode), first_row, to);
}

template <int kRows>
void pack_row_iq2_s(const BlockRows<BlockIQ2_S, kRows>& from, int64_t first_row, PanelIQ2& to) {
  static const auto grid = iq2_codes(kIq2sGrid);
  from.each(first_row, [&](const BlockIQ2_S& block, int64_t row) {
    to.scales[row] = block.d;
    for (int group = 0; group < 16; ++group) put_scale(2 * nibble(block.scales, group) + 1, group, row, to);
  });
  const auto decode = [](const BlockIQ2_S& block, uint64_t* codes) {
    for (int v = 0; v < 32; ++v) {
      const int index = block.qs[v] | (block.qh[v / 4] >> (2 * (v % 4)) & 3) << 8;
      codes[v] = with_signs(grid[static_cast<size_t>(index)], block.signs[v]);
    }
  };
  put_decoded(decoded(from, decode), first_row, to);
}

template <int kRows>
void pack_row_iq1_s(const BlockRows<BlockIQ1_S, kRows>& from, int64_t first_row, PanelIQ1& to) {
  from.each(first_row, [&](const BlockIQ1_S& block, int64_t row) {
    to.scales[row] = block.d;
    for (int group = 0; group < 16; ++group)
      put_scale(2 * (block.qh[group / 2] >> 12 & 7) + 1, group, row, to);
  });
  const auto decode = [&grid = iq1_codes()](const BlockIQ1_S& block, uint64_t* codes) {
    for (int v = 0; v < 32; ++v) {
      const int high = block.qh[v / 4], index = block.qs[v] | (high >> (3 * (v % 4)) & 7) << 8;
      codes[v] = shifted(grid[static_cast<size_t>(index)], high & 0x8000);
    }
  };
  put_decoded(decoded(from, decode), first_row, to);
}

template <int kRows>
void pack_row_iq1_m(const BlockRows<BlockIQ1_M, kRows>& from, int64_t first_row, PanelIQ1& to) {
  from.each(first_row, [&](const BlockIQ1_M& block, int64_t row) {
    int d = 0;
    for (int w = 0; w < 4; ++w) d |= block.scales[w] >> 12 << (4 * w);
    to.scales[row] = static_cast<uint16_t>(d);
    for (int group = 0; group < 16; ++group)
      put_scale(2 * (block.scales[group / 4] >> (3 * (group % 4)) & 7) + 1, group, row, to);
  });
  const auto decode = [&grid = iq1_codes()](const BlockIQ1_M& block, uint64_t* codes) {
    for (int v = 0; v < 32; ++v) {
      const int high = block.qh[v / 2] >> (4 * (v % 2)), index = block.qs[v] | (high & 7) << 8;
      codes[v] = shifted(grid[static_cast<size_t>(index)], high & 8);
    }
  };
  put_decoded(decoded(from, decode), first_row, to);
}

}  // namespace

void pack_q3_k(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t row, PanelQ3_K& to) { pack_row_q3_k(from, row, to); };
  pack_four_rows<BlockQ3_K, PanelQ3_K>(rows, count, cols, panel, pack);
}
void pack_iq2_xxs(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t row, PanelIQ2& to) { pack_row_iq2_xxs(from, row, to); };
  pack_four_rows<BlockIQ2_XXS, PanelIQ2>(rows, count, cols, panel, pack);
}
void pack_iq2_xs(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t row, PanelIQ2& to) { pack_row_iq2_xs(from, row, to); };
  pack_four_rows<BlockIQ2_XS, PanelIQ2>(rows, count, cols, panel, pack);
}
void pack_iq2_s(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t row, PanelIQ2& to) { pack_row_iq2_s(from, row, to); };
  pack_four_rows<BlockIQ2_S, PanelIQ2>(rows, count, cols, panel, pack);
}
void pack_iq1_s(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t row, PanelIQ1& to) { pack_row_iq1_s(from, row, to); };
  pack_four_rows<BlockIQ1_S, PanelIQ1>(rows, count, cols, panel, pack);
}
void pack_iq1_m(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t row, PanelIQ1& to) { pack_row_iq1_m(from, row, to); };
  pack_four_rows<BlockIQ1_M, PanelIQ1>(rows, count, cols, panel, pack);
}

}  // namespace tug
