// Panels of 2-bit codes and their products with codes in groups of 256: Q2_K, TQ1_0, TQ2_0.
#pragma once

#include <stdint.h>

#include "kernels/formats/sums.h"

namespace tug {

/// Q2_K, 256 columns: 1,600 bytes for 1,344 as stored, because scales and minima are spread to bytes.
struct PanelQ2_K {
  static constexpr int64_t kColumns = 256;
  uint16_t scales[16], minima[16];  // f16: d, dmin
  uint8_t group_scales[8][32];      // pairs: groups 2p, 2p + 1 of 16 columns
  uint8_t group_minima[8][32];
  uint8_t codes[16][64];  // by group: quad i at bits 2i, 2i + 1
};
static_assert(sizeof(PanelQ2_K) == 1600);

/// Codes 0, 1, 2 for -1, 0, 1; 256 columns: 1,056 bytes for 864 (TQ1_0) or 1,056 (TQ2_0) as stored.
struct PanelTernary {
  static constexpr int64_t kColumns = 256;
  uint16_t scales[16];  // f16
  uint8_t codes[16][64];
};
static_assert(sizeof(PanelTernary) == 1056);

#ifdef TUG_LANES
namespace {

template <int kTokens, int kLargest, class AnyScale>
[[gnu::always_inline]] inline void add_16(const uint8_t* codes, AnyScale scale, const QuantRow* x,
                                          int64_t column, Prefetch ahead, U16* total) {
  const Codes four = load_ahead(codes, ahead);
  add_group<kTokens, 4, kLargest>(
      scale, x, column,
      total, [&]<int kQuad>() __attribute__((always_inline)) { return bits<2 * kQuad, 2>(four); });
}

template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelQ2_K& panel, int64_t block, const QuantRow* x,
                                             Prefetch ahead, V16* y) {
  U16 total[kTokens], minima[kTokens];
  clear<kTokens>(total), clear<kTokens>(minima);
  prefetch_ahead(panel.scales, ahead);
  for (int pair = 0; pair < 8; ++pair) {
    const Pairs scales = load_pairs_ahead(panel.group_scales[pair], ahead);
    const int64_t column = 256 * block + 32 * pair;
    add_16<kTokens, 3>(panel.codes[2 * pair], first_of(scales), x, column, ahead, total);
    add_16<kTokens, 3>(panel.codes[2 * pair + 1], second_of(scales), x, column + 16, ahead, total);
    const Pairs group_minima = load_pairs_ahead(panel.group_minima[pair], ahead);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      minima[t] = add_pairs(minima[t], group_minima, quad_at(x[t].half_sums + 16 * block + 2 * pair));
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

template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelTernary& panel, int64_t block, const QuantRow* x,
                                             Prefetch ahead, V16* y) {
  U16 total[kTokens];
  clear<kTokens>(total);
  for (int group = 0; group < 16; ++group) {
    add_16<kTokens, 3>(panel.codes[group], Unscaled(), x, 256 * block + 16 * group, ahead, total);
  }
  const V16 scale = load_f16(panel.scales);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) {
    int32_t sum = 0;
    for (int group = 0; group < 8; ++group) sum += x[t].sums[8 * block + group];
    y[t] = fused(scale * V16(x[t].scales[block]), float_of(total[t] - U16(static_cast<uint32_t>(sum))), y[t]);
  }
}

}  // namespace
#endif

}  // namespace tug
