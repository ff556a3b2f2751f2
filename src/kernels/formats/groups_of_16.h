// The product of panels whose 256 columns lie in 16 groups with an integer scale each. Groups 2p, 2p + 1 are
// a pair; a code c, up to kLargest, stands for kFactor * (c - kOffset).
#pragma once

#include "kernels/formats/sums.h"

#ifdef TUG_LANES
namespace tug {
namespace {

/// codes_of<quad, odd>(pair) are the codes of a quad of group 2 * pair + odd.
template <int kTokens, class Panel, class CodesOf>
[[gnu::always_inline]] inline void add_groups_of_16(const Panel& panel, int64_t block, const QuantRow* x,
                                                    Prefetch ahead, V16* y, CodesOf codes_of) {
  U16 total[kTokens], offset[kTokens];
  clear<kTokens>(total), clear<kTokens>(offset);
  for (int pair = 0; pair < 8; ++pair) {
    const Pairs scales = load_pairs_ahead(panel.group_scales[pair], ahead);
    unrolled<2>([&]<int kOdd>() __attribute__((always_inline)) {
      add_group<kTokens, 4, Panel::kLargest>(
          kOdd ? second_of(scales) : first_of(scales), x, 256 * block + 32 * pair + 16 * kOdd,
          total, [&]<int kQuad>() __attribute__((always_inline)) {
            return codes_of.template operator()<kQuad, kOdd>(pair);
          });
    });
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      offset[t] = add_pairs(offset[t], scales, quad_at(x[t].half_sums + 16 * block + 2 * pair));
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
}  // namespace tug
#endif
