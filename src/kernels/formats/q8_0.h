// Q8_0 as a panel, and its product with codes in groups of 32.
#pragma once

#include <stdint.h>

namespace tug {

/// Q8_0, 32 columns: 544 bytes, as many as 16 stored blocks.
struct PanelQ8_0 {
  static constexpr int64_t kColumns = 32;
  uint16_t scales[16];   // f16
  uint8_t quads[8][64];  // int8 codes
};
static_assert(sizeof(PanelQ8_0) == 544);

#ifdef TUG_LANES
namespace {

template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelQ8_0& panel, int64_t block, const QuantRow* x,
                                             Prefetch ahead, V16* y) {
  U16 total[kTokens];
  prefetch_ahead(panel.scales, ahead);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) total[t] = begin_signed(x[t].sums[block]);
#pragma GCC unroll 8
  for (int q = 0; q < 8; ++q) {
    prefetch_ahead(panel.quads[q], ahead);
    const SignedCodes codes = load_signed_codes(panel.quads[q]);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      total[t] = add_signed_quad(total[t], codes, quad_at(x[t].codes + 32 * block + 4 * q));
    }
  }
  const V16 scale = load_f16(panel.scales);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) y[t] = fused(scale * V16(x[t].scales[block]), float_of(total[t]), y[t]);
}

}  // namespace
#endif

}  // namespace tug
