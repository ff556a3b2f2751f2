#include "kernels/formats/three_bits.h"

#include "kernels/formats/pack_rows.h"
#include "tensor/formats/common.h"
#include "tensor/formats/iq1_m.h"
#include "tensor/formats/iq1_s.h"
#include "tensor/formats/iq2_s.h"
#include "tensor/formats/iq2_xs.h"
#include "tensor/formats/iq2_xxs.h"
#include "tensor/formats/iq_grids.h"
#include "tensor/formats/q3_k.h"

namespace tug {
namespace {

/// word_of(group, quad): four 3-bit codes.
template <class WordOf>
void put_codes(WordOf word_of, int64_t row, PanelThreeBits& to) {
  for (int pair = 0; pair < 8; ++pair) {
    uint32_t high = 0;
    for (int odd = 0; odd < 2; ++odd) {
      const int group = 2 * pair + odd;
      uint32_t low = 0;
      for (int q = 0; q < 4; ++q) {
        const uint32_t codes = word_of(group, q);
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

void pack_row_q3_k(const BlockQ3_K& from, int64_t row, PanelQ3_K& to) {
  to.scales[row] = from.d;
  for (int group = 0; group < 16; ++group) {
    const int low = from.scales[group % 8] >> (group < 8 ? 0 : 4) & 15;
    const int high = from.scales[8 + group % 4] >> (2 * (group / 4)) & 3;
    put_scale((low | high << 4) - 32, group, row, to);
  }
  const auto word_of = [&](int group, int q) {
    const int at = 16 * (group % 2), shift = 2 * (group % 8 / 2);
    const uint32_t low = word(from.qs + 32 * (group / 8) + at, q) >> shift & 0x03030303;
    return low | (word(from.hmask + at, q) >> (group / 2) & 0x01010101) << 2;
  };
  put_codes(word_of, row, to);
}

/// A super-block as vectors of 8 codes.
using Vectors = uint8_t[32][8];

void put_vectors(const Vectors& codes, int64_t row, PanelThreeBits& to) {
  put_codes([&](int group, int q) { return word(codes, 4 * group + q); }, row, to);
}

/// 8, 25, 43 are codes 3, 4, 5; negative ones are 2, 1, 0.
void put_iq2(const std::array<int8_t, 8>& values, int signs, uint8_t (&codes)[8]) {
  for (int i = 0; i < 8; ++i) {
    const int m = values[static_cast<size_t>(i)] / 17;
    codes[i] = static_cast<uint8_t>(signs >> i & 1 ? 2 - m : 3 + m);
  }
}
/// -1, 0, 1 are codes 0, 2, 4, and one more when the shift is up.
void put_iq1(const std::array<int8_t, 8>& values, bool down, uint8_t (&codes)[8]) {
  for (int i = 0; i < 8; ++i)
    codes[i] = static_cast<uint8_t>(2 * (values[static_cast<size_t>(i)] + 1) + (down ? 0 : 1));
}

void pack_row_iq2_xxs(const BlockIQ2_XXS& from, int64_t row, PanelIQ2& to) {
  Vectors codes;
  to.scales[row] = from.d;
  for (int group = 0; group < 8; ++group) {
    const uint32_t packed = from.groups[group].signs_scale;
    for (int half = 0; half < 2; ++half)
      put_scale(static_cast<int>(2 * (packed >> 28) + 1), 2 * group + half, row, to);
    for (int l = 0; l < 4; ++l) {
      put_iq2(kIq2xxsGrid[from.groups[group].grid[l]], signs_from_index(packed >> (7 * l)),
              codes[4 * group + l]);
    }
  }
  put_vectors(codes, row, to);
}

void pack_row_iq2_xs(const BlockIQ2_XS& from, int64_t row, PanelIQ2& to) {
  Vectors codes;
  to.scales[row] = from.d;
  for (int group = 0; group < 16; ++group) put_scale(2 * nibble(from.scales, group) + 1, group, row, to);
  for (int v = 0; v < 32; ++v) {
    const uint32_t packed = from.qs[v];
    put_iq2(kIq2xsGrid[packed & 511], signs_from_index(packed >> 9), codes[v]);
  }
  put_vectors(codes, row, to);
}

void pack_row_iq2_s(const BlockIQ2_S& from, int64_t row, PanelIQ2& to) {
  Vectors codes;
  to.scales[row] = from.d;
  for (int group = 0; group < 16; ++group) put_scale(2 * nibble(from.scales, group) + 1, group, row, to);
  for (int v = 0; v < 32; ++v) {
    const int index = from.qs[v] | (from.qh[v / 4] >> (2 * (v % 4)) & 3) << 8;
    put_iq2(kIq2sGrid[static_cast<size_t>(index)], from.signs[v], codes[v]);
  }
  put_vectors(codes, row, to);
}

void pack_row_iq1_s(const BlockIQ1_S& from, int64_t row, PanelIQ1& to) {
  Vectors codes;
  to.scales[row] = from.d;
  for (int v = 0; v < 32; ++v) {
    const int high = from.qh[v / 4];
    put_scale(2 * (high >> 12 & 7) + 1, v / 2, row, to);
    const int index = from.qs[v] | (high >> (3 * (v % 4)) & 7) << 8;
    put_iq1(kIq1sGrid[static_cast<size_t>(index)], high & 0x8000, codes[v]);
  }
  put_vectors(codes, row, to);
}

void pack_row_iq1_m(const BlockIQ1_M& from, int64_t row, PanelIQ1& to) {
  Vectors codes;
  int d = 0;
  for (int w = 0; w < 4; ++w) d |= from.scales[w] >> 12 << (4 * w);
  to.scales[row] = static_cast<uint16_t>(d);
  for (int v = 0; v < 32; ++v) {
    put_scale(2 * (from.scales[v / 8] >> (3 * (v % 8 / 2)) & 7) + 1, v / 2, row, to);
    const int high = nibble(from.qh, v), index = from.qs[v] | (high & 7) << 8;
    put_iq1(kIq1sGrid[static_cast<size_t>(index)], high & 8, codes[v]);
  }
  put_vectors(codes, row, to);
}

}  // namespace

void pack_q3_k(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockQ3_K, PanelQ3_K, pack_row_q3_k>(rows, count, cols, panel);
}
void pack_iq2_xxs(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockIQ2_XXS, PanelIQ2, pack_row_iq2_xxs>(rows, count, cols, panel);
}
void pack_iq2_xs(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockIQ2_XS, PanelIQ2, pack_row_iq2_xs>(rows, count, cols, panel);
}
void pack_iq2_s(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockIQ2_S, PanelIQ2, pack_row_iq2_s>(rows, count, cols, panel);
}
void pack_iq1_s(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockIQ1_S, PanelIQ1, pack_row_iq1_s>(rows, count, cols, panel);
}
void pack_iq1_m(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockIQ1_M, PanelIQ1, pack_row_iq1_m>(rows, count, cols, panel);
}

}  // namespace tug
