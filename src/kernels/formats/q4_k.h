// Q4_K and Q5_K as panels, and their products with codes in groups of 256.
#pragma once

#include <stdint.h>

#include "kernels/formats/sums.h"

namespace tug {

/// Q4_K, 256 columns: 2,368 bytes for 2,304 as stored, because scales and minima are spread to bytes.
struct PanelQ4_K {
  static constexpr int64_t kColumns = 256;
  uint16_t scales[16], minima[16];  // f16: d, dmin
  uint8_t group_scales[4][32];      // pairs: 6-bit scales of groups 2j, 2j+1 of 32 columns
  uint8_t group_minima[4][32];
  struct Group {
    uint8_t quads[4][64];  // quads 2i (low nibbles) and 2i+1 (high nibbles) share 64 bytes
  } groups[8];
};
static_assert(sizeof(PanelQ4_K) == 2368);

/// Q5_K, 256 columns: 2,880 bytes for 2,816 as stored.
struct PanelQ5_K {
  static constexpr int64_t kColumns = 256;
  uint16_t scales[16], minima[16];
  uint8_t group_scales[4][32], group_minima[4][32];
  struct Group {
    uint8_t quads[4][64];  // the low 4 bits, as in Q4_K
    uint8_t fifth[64];     // bit q of a byte is the fifth bit of quad q
  } groups[8];
};
static_assert(sizeof(PanelQ5_K) == 2880);

#ifdef TUG_LANES
namespace {

/// 32 columns: at most 8 * (15 * 127 * 2) = 30,480, or 4 * (31 * 127 * 2) = 31,496, in 16 bits.
template <int kTokens>
[[gnu::always_inline]] inline void add_32(const PanelQ4_K::Group& group, Scale scale, const QuantRow* x,
                                          int64_t column, Prefetch ahead, U16* total) {
  add_group<kTokens, 8, 15>(
      scale, x, column,
      total, [&]<int kQuad>() __attribute__((always_inline)) { return nibbles<kQuad>(group.quads, ahead); });
}
template <int kTokens>
[[gnu::always_inline]] inline void add_32(const PanelQ5_K::Group& group, Scale scale, const QuantRow* x,
                                          int64_t column, Prefetch ahead, U16* total) {
  const Codes fifth = load_ahead(group.fifth, ahead);
  add_group<kTokens, 8, 31>(
      scale, x, column, total, [&]<int kQuad>() __attribute__((always_inline)) {
        return nibbles<kQuad>(group.quads, ahead) | bits<kQuad, 1, 4>(fifth);
      });
}

template <int kTokens, class Panel>
requires requires(const Panel& panel) {
  panel.group_minima[0];
  panel.groups[0];
}
[[gnu::always_inline]] inline void add_block(const Panel& panel, int64_t block, const QuantRow* x,
                                             Prefetch ahead, V16* y) {
  U16 total[kTokens], minima[kTokens];
  clear<kTokens>(total), clear<kTokens>(minima);
  prefetch_ahead(panel.scales, ahead);
  for (int pair = 0; pair < 4; ++pair) {
    const Pairs scales = load_pairs_ahead(panel.group_scales[pair], ahead);
    const int64_t column = 256 * block + 64 * pair;
    add_32<kTokens>(panel.groups[2 * pair], first_of(scales), x, column, ahead, total);
    add_32<kTokens>(panel.groups[2 * pair + 1], second_of(scales), x, column + 32, ahead, total);
    const Pairs group_minima = load_pairs_ahead(panel.group_minima[pair], ahead);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      minima[t] = add_pairs(minima[t], group_minima, quad_at(x[t].sums + 8 * block + 2 * pair));
    }
  }
  const V16 scale = load_f16(panel.scales), minimum = load_f16(panel.minima);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) {
    const float activation_scale = x[t].scales[block];
    y[t] = fused(scale * V16(activation_scale), float_of(total[t]), y[t]);
    y[t] = fused(minimum * V16(-activation_scale), float_of(minima[t]), y[t]);
  }
}

}  // namespace
#endif

}  // namespace tug
