// Panels of 4-bit codes under a table, 256 columns in 8 groups with an integer scale each, and their products
// with codes in groups of 256: IQ4_XS, IQ3_XXS, IQ3_S.
#pragma once

#include <stdint.h>

#include "kernels/formats/sums.h"
#include "tensor/formats/iq4_nl.h"

namespace tug {

/// 2,208 bytes.
struct PanelGroupsOf32 {
  static constexpr int64_t kColumns = 256;
  uint16_t scales[16];         // f16: d
  int8_t group_scales[4][32];  // pairs: groups 2p, 2p + 1
  uint8_t quads[8][4][64];     // as in Q4_K
};
static_assert(sizeof(PanelGroupsOf32) == 2208);

/// 2,176 bytes as stored.
struct PanelIQ4_XS : PanelGroupsOf32 {};

/// A code 8 + m is m of 4, 12, 20, 28, 36, 44, 52, 62, and 7 - m is its opposite. 1,568 bytes as stored.
struct PanelIQ3_XXS : PanelGroupsOf32 {
  static constexpr int kLargest = 124, kOffset = 62;
  static constexpr float kFactor = 0x1p-2f;
  static constexpr uint8_t kValues[16] = {0, 10, 18, 26, 34, 42, 50, 58, 66, 74, 82, 90, 98, 106, 114, 124};
};

/// The same with 1, 3, ... 15. 1,760 bytes as stored.
struct PanelIQ3_S : PanelGroupsOf32 {
  static constexpr int kLargest = 30, kOffset = 15;
  static constexpr float kFactor = 1;
  static constexpr uint8_t kValues[16] = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
};

#ifdef TUG_LANES
namespace {

template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelIQ4_XS& panel, int64_t block, const QuantRow* x,
                                             Prefetch ahead, V16* y) {
  const SignedTable table = load_table(kIq4Values);
  U16 total[kTokens];
  clear<kTokens>(total);
  for (int pair = 0; pair < 4; ++pair) {
    const Pairs scales = load_pairs_ahead(panel.group_scales[pair], ahead);
    unrolled<2>([&]<int kOdd>() __attribute__((always_inline)) {
      const Scale scale = kOdd ? second_of(scales) : first_of(scales);
      const int group = 2 * pair + kOdd;
      ScaledSum sum[kTokens];
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t) sum[t] = begin_scaled(x[t].sums[8 * block + group]);
      unrolled<8>([&]<int kQuad>() __attribute__((always_inline)) {
        const SignedCodes codes = look_up(table, nibbles<kQuad>(panel.quads[group], ahead));
#pragma GCC unroll 8
        for (int t = 0; t < kTokens; ++t) {
          const uint32_t quad = quad_at(x[t].codes + 256 * block + 32 * group + 4 * kQuad);
          sum[t] = add_signed_quad(sum[t], codes, quad, scale);
        }
      });
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t) total[t] = add_scaled(total[t], sum[t], scale);
    });
  }
  const V16 scale = load_f16(panel.scales);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) y[t] = fused(scale * V16(x[t].scales[block]), float_of(total[t]), y[t]);
}

template <int kTokens, class Panel>
requires(sizeof(Panel::kValues) == 16 && sizeof(Panel) == sizeof(PanelGroupsOf32))
    [[gnu::always_inline]] inline void add_block(const Panel& panel, int64_t block, const QuantRow* x,
                                                 Prefetch ahead, V16* y) {
  const Table table = load_table(Panel::kValues);
  U16 total[kTokens], offset[kTokens];
  clear<kTokens>(total), clear<kTokens>(offset);
  for (int pair = 0; pair < 4; ++pair) {
    const Pairs scales = load_pairs_ahead(panel.group_scales[pair], ahead);
    unrolled<2>([&]<int kOdd>() __attribute__((always_inline)) {
      const int group = 2 * pair + kOdd;
      add_group<kTokens, 8, Panel::kLargest>(
          kOdd ? second_of(scales) : first_of(scales), x, 256 * block + 32 * group,
          total, [&]<int kQuad>() __attribute__((always_inline)) {
            return look_up(table, nibbles<kQuad>(panel.quads[group], ahead));
          });
    });
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      offset[t] = add_pairs(offset[t], scales, quad_at(x[t].sums + 8 * block + 2 * pair));
    }
  }
  const V16 scale = load_f16(panel.scales);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) {
    y[t] = fused(scale * V16(x[t].scales[block] * Panel::kFactor),
                 float_of(total[t] - offset[t] * Panel::kOffset), y[t]);
  }
}

}  // namespace
#endif

}  // namespace tug
