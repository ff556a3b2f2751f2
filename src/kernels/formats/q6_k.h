// Q6_K as a panel, and its product with codes in groups of 256.
#pragma once

#include <stdint.h>

#include "kernels/formats/groups_of_16.h"

namespace tug {

/// Q6_K, 256 columns: 3,360 bytes, as many as 16 stored blocks. A group is 16 columns, 4 quads.
struct PanelQ6_K {
  static constexpr int64_t kColumns = 256;
  static constexpr int kLargest = 63, kOffset = 32;
  static constexpr float kFactor = 1;
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

template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelQ6_K& panel, int64_t block, const QuantRow* x,
                                             Prefetch ahead, V16* y) {
  add_groups_of_16<kTokens>(
      panel, block, x, ahead, y, [&]<int kQuad, int kOdd>(int pair) __attribute__((always_inline)) {
        const PanelQ6_K::Group& group = panel.groups[2 * pair + kOdd];
        return nibbles<kQuad>(group.low, ahead) |
               bits<2 * kQuad, 2, 4>(load_ahead<kQuad == 0>(group.high, ahead));
      });
}

}  // namespace
#endif

}  // namespace tug
