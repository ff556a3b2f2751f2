// Q6_K as a panel, and its product with codes in groups of 256.
#pragma once

#include <stdint.h>

namespace tug {

/// Q6_K, 256 columns: 3,360 bytes, as many as 16 stored blocks. A group is 16 columns, 4 quads.
struct PanelQ6_K {
  static constexpr int64_t kColumns = 256;
  uint16_t scales[16];         // f16: d
  int8_t group_scales[8][32];  // pairs: groups 2j, 2j+1
  struct Group {
    uint8_t low[2][64];  // 4 low bits, quads 2i and 2i+1 as in Q4_K
    uint8_t high[64];    // 2 high bits of quad i at bits 2i, 2i+1
  } groups[16];
};
static_assert(sizeof(PanelQ6_K) == 3360);

#ifdef TUG_LANES
namespace {

template <int kTokens, int kQuad>
[[gnu::always_inline]] inline void add_six_bit_quad(Codes nibbles, Codes high, const QuantRow* x,
                                                    int64_t column, QuadSum* sum) {
  const Codes codes = six_bits<kQuad>(nibbles, high);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t)
    sum[t] = add_quad(sum[t], codes, quad_at(x[t].codes + column + 4 * kQuad));
}

template <int kTokens>
[[gnu::always_inline]] inline void add_group(const PanelQ6_K::Group& group, Scale scale, const QuantRow* x,
                                             int64_t column, U16* total) {
  const Codes high = load_codes(group.high);
  QuadSum sum[kTokens];
  const auto begin = [&]() __attribute__((always_inline)) {
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) sum[t] = no_quads();
  };
  const auto end = [&]() __attribute__((always_inline)) {
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) total[t] = add_scaled(total[t], sum[t], scale);
  };
  begin();
  const Codes first = load_codes(group.low[0]);
  add_six_bit_quad<kTokens, 0>(low_nibbles(first), high, x, column, sum);
  add_six_bit_quad<kTokens, 1>(high_nibbles(first), high, x, column, sum);
  if constexpr (kExactSixBitQuads < 4) end(), begin();
  const Codes second = load_codes(group.low[1]);
  add_six_bit_quad<kTokens, 2>(low_nibbles(second), high, x, column, sum);
  add_six_bit_quad<kTokens, 3>(high_nibbles(second), high, x, column, sum);
  end();
}

template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelQ6_K& panel, int64_t block, const QuantRow* x,
                                             V16* y) {
  U16 total[kTokens], offset[kTokens];
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) total[t] = offset[t] = U16(0u);
  for (int pair = 0; pair < 8; ++pair) {
    const Pairs scales = load_pairs(panel.group_scales[pair]);
    const int64_t column = 256 * block + 32 * pair;
    add_group<kTokens>(panel.groups[2 * pair], first_of(scales), x, column, total);
    add_group<kTokens>(panel.groups[2 * pair + 1], second_of(scales), x, column + 16, total);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      offset[t] = add_pairs(offset[t], scales, quad_at(x[t].half_sums + 16 * block + 2 * pair));
    }
  }
  const V16 scale = load_f16(panel.scales);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) {  // a code c stands for c - 32
    y[t] = fused(scale * V16(x[t].scales[block]), float_of(total[t] - (offset[t] << 5)), y[t]);
  }
}

}  // namespace
#endif

}  // namespace tug
