// Q4_K as a panel, and its product with codes in groups of 256.
#pragma once

#include <stdint.h>

namespace tug {

/// Q4_K, 256 columns: 2,368 bytes for 2,304 as stored, because scales and minima are spread to bytes.
struct PanelQ4_K {
  static constexpr int64_t kColumns = 256;
  uint16_t scales[16], minima[16];  // f16: d, dmin
  uint8_t group_scales[4][32];      // pairs: 6-bit scales of groups 2j, 2j+1 of 32 columns
  uint8_t group_minima[4][32];
  uint8_t quads[8][4][64];  // by group; quads 2i (low nibbles) and 2i+1 (high nibbles) share 64 bytes
};
static_assert(sizeof(PanelQ4_K) == 2368);

#ifdef TUG_LANES
namespace {

/// Sums of one group of 32 columns: at most 8 * (15 * 127 * 2) = 30,480 in 16 bits.
template <int kTokens>
[[gnu::always_inline]] inline void add_group(const uint8_t (&quads)[4][64], Scale scale, const QuantRow* x,
                                             int64_t column, U16* total) {
  QuadSum sum[kTokens];
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) sum[t] = no_quads();
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const Codes both = load_codes(quads[i]);
    const Codes even = low_nibbles(both), odd = high_nibbles(both);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      const int8_t* a = x[t].codes + column + 8 * i;
      sum[t] = add_quad(add_quad(sum[t], even, quad_at(a)), odd, quad_at(a + 4));
    }
  }
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) total[t] = add_scaled(total[t], sum[t], scale);
}

template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelQ4_K& panel, int64_t block, const QuantRow* x,
                                             V16* y) {
  U16 total[kTokens], minima[kTokens];
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) total[t] = minima[t] = U16(0u);
  for (int pair = 0; pair < 4; ++pair) {
    const Pairs scales = load_pairs(panel.group_scales[pair]);
    const int64_t column = 256 * block + 64 * pair;
    add_group<kTokens>(panel.quads[2 * pair], first_of(scales), x, column, total);
    add_group<kTokens>(panel.quads[2 * pair + 1], second_of(scales), x, column + 32, total);
    const Pairs group_minima = load_pairs(panel.group_minima[pair]);
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
