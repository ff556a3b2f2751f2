// Panels of small blocks with a float scale each, and their products with codes in groups of 32: Q4_0, Q4_1,
// Q5_0, Q5_1, IQ4_NL, MXFP4, NVFP4.
#pragma once

#include <stdint.h>

#include "kernels/formats/sums.h"
#include "tensor/formats/iq4_nl.h"

namespace tug {

// 32 columns, as many bytes as 16 stored blocks.
struct PanelQ4_0 {
  static constexpr int64_t kColumns = 32;
  static constexpr int kOffset = 8;  // a code c stands for c - 8
  uint16_t scales[16];               // f16
  uint8_t quads[4][64];              // as in Q4_K
};
struct PanelQ4_1 {
  static constexpr int64_t kColumns = 32;
  uint16_t scales[16], minima[16];
  uint8_t quads[4][64];
};
struct PanelQ5_0 {
  static constexpr int64_t kColumns = 32;
  static constexpr int kOffset = 16;
  uint16_t scales[16];
  uint8_t quads[4][64];
  uint8_t fifth[64];  // bit q of a byte is the fifth bit of quad q
};
struct PanelQ5_1 {
  static constexpr int64_t kColumns = 32;
  uint16_t scales[16], minima[16];
  uint8_t quads[4][64];
  uint8_t fifth[64];
};
struct PanelIQ4_NL {
  static constexpr int64_t kColumns = 32;
  uint16_t scales[16];
  uint8_t quads[4][64];
};
static_assert(sizeof(PanelQ4_0) == 288 && sizeof(PanelQ4_1) == 320 && sizeof(PanelQ5_0) == 352 &&
              sizeof(PanelQ5_1) == 384 && sizeof(PanelIQ4_NL) == 288);

/// Twice the E2M1 values, plus 12.
inline constexpr uint8_t kFp4Values[16] = {12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0};

struct PanelMXFP4 {
  static constexpr int64_t kColumns = 32;
  uint8_t exponents[16];
  uint8_t quads[4][64];
};
static_assert(sizeof(PanelMXFP4) == 272);

/// 64 columns, in groups of 16.
struct PanelNVFP4 {
  static constexpr int64_t kColumns = 64;
  uint8_t scales[4][16];  // E4M3 without a sign, all of them numbers
  uint8_t quads[4][2][64];
};
static_assert(sizeof(PanelNVFP4) == 576);

#ifdef TUG_LANES
namespace {

template <class Panel>
concept HasFifthBits = requires(const Panel& panel) {
  panel.fifth;
};
template <class Panel>
concept HasMinima = requires(const Panel& panel) {
  panel.minima;
};

template <int kTokens, class Panel>
requires(Panel::kColumns == 32 && (HasMinima<Panel> || requires { Panel::kOffset; }))
    [[gnu::always_inline]] inline void add_block(const Panel& panel, int64_t block, const QuantRow* x,
                                                 Prefetch ahead, V16* y) {
  U16 total[kTokens];
  clear<kTokens>(total);
  prefetch_ahead(panel.scales, ahead);
  add_group<kTokens, 8, HasFifthBits<Panel> ? 31 : 15>(
      Unscaled(), x, 32 * block, total, [&]<int kQuad>() __attribute__((always_inline)) {
        if constexpr (HasFifthBits<Panel>)
          return nibbles<kQuad>(panel.quads, ahead) |
                 bits<kQuad, 1, 4>(load_ahead<kQuad == 0>(panel.fifth, ahead));
        else return nibbles<kQuad>(panel.quads, ahead);
      });
  const V16 scale = load_f16(panel.scales);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) {
    const float activation_scale = x[t].scales[block];
    const int32_t sum = x[t].sums[block];
    if constexpr (HasMinima<Panel>) {
      y[t] = fused(scale * V16(activation_scale), float_of(total[t]), y[t]);
      y[t] = fused(load_f16(panel.minima), V16(activation_scale * static_cast<float>(sum)), y[t]);
    } else {
      const U16 whole = total[t] - U16(static_cast<uint32_t>(Panel::kOffset * sum));
      y[t] = fused(scale * V16(activation_scale), float_of(whole), y[t]);
    }
  }
}

template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelIQ4_NL& panel, int64_t block, const QuantRow* x,
                                             Prefetch ahead, V16* y) {
  const SignedTable table = load_table(kIq4Values);
  prefetch_ahead(panel.scales, ahead);
  U16 total[kTokens];
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) total[t] = begin_signed(x[t].sums[block]);
  unrolled<8>([&]<int kQuad>() __attribute__((always_inline)) {
    const SignedCodes codes = look_up(table, nibbles<kQuad>(panel.quads, ahead));
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      total[t] = add_signed_quad(total[t], codes, quad_at(x[t].codes + 32 * block + 4 * kQuad));
    }
  });
  const V16 scale = load_f16(panel.scales);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) y[t] = fused(scale * V16(x[t].scales[block]), float_of(total[t]), y[t]);
}

/// 2^(e - 128) as two factors, since it may be subnormal.
[[gnu::always_inline]] inline V16 half_of_power(U16 e) {
  const U16 half = e >> 1;
  return float_of_bits((half + U16(63u)) << 23) * float_of_bits((e - half + U16(63u)) << 23);
}
/// Half of E4M3 numbers: the exponent's bias is 7 for them, 127 for floats.
[[gnu::always_inline]] inline V16 half_of_e4m3(U16 bits) { return float_of_bits(bits << 20) * V16(0x1p119f); }

/// `kQuads` quads of E2M1 codes under one scale.
template <int kTokens, int kQuads>
[[gnu::always_inline]] inline void add_fp4(V16 scale, const uint8_t (*quads)[64], const QuantRow* x,
                                           int64_t column, Prefetch ahead, V16* y) {
  const Table table = load_table(kFp4Values);
  U16 total[kTokens];
  clear<kTokens>(total);
  add_group<kTokens, kQuads, 24>(
      Unscaled(), x, column, total, [&]<int kQuad>() __attribute__((always_inline)) {
        return look_up(table, nibbles<kQuad>(quads, ahead));
      });
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) {
    const int32_t sum = kQuads == 8 ? x[t].sums[column / 32] : x[t].half_sums[column / 16];
    const U16 whole = total[t] - U16(static_cast<uint32_t>(12 * sum));
    y[t] = fused(scale * V16(x[t].scales[column / 32]), float_of(whole), y[t]);
  }
}

template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelMXFP4& panel, int64_t block, const QuantRow* x,
                                             Prefetch ahead, V16* y) {
  prefetch_ahead(panel.exponents, ahead);
  add_fp4<kTokens, 8>(half_of_power(load_bytes(panel.exponents)), panel.quads, x, 32 * block, ahead, y);
}
template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelNVFP4& panel, int64_t block, const QuantRow* x,
                                             Prefetch ahead, V16* y) {
  prefetch_ahead(panel.scales, ahead);
  for (int group = 0; group < 4; ++group) {
    const V16 scale = half_of_e4m3(load_bytes(panel.scales[group]));
    add_fp4<kTokens, 4>(scale, panel.quads[group], x, 64 * block + 16 * group, ahead, y);
  }
}

}  // namespace
#endif

}  // namespace tug
