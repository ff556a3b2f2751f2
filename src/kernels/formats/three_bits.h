// Panels of 3-bit codes in groups of 16, and their products with codes in groups of 256: Q3_K, and the small
// vectors of the IQ2 and IQ1 types, whose elements have six values.
#pragma once

#include <stdint.h>

#include "kernels/formats/groups_of_16.h"

namespace tug {

/// 256 columns: 1,824 bytes.
struct PanelThreeBits {
  static constexpr int64_t kColumns = 256;
  uint16_t scales[16];         // f16: d
  int8_t group_scales[8][32];  // pairs: groups 2p, 2p + 1
  struct Pair {
    uint8_t low[2][64];  // by group: 2 low bits of quad i at bits 2i, 2i + 1
    uint8_t high[64];    // the high bit of quad i, of the second group at bit 4 + i
  } pairs[8];
};
static_assert(sizeof(PanelThreeBits) == 1824);

/// 1,760 bytes as stored. The codes are the values.
struct PanelQ3_K : PanelThreeBits {
  static constexpr int kLargest = 7, kOffset = 4;
  static constexpr float kFactor = 1;
};

/// Codes 0-2 are minus 43, 25, 8, and 3-5 their opposites. 1,056 to 1,312 bytes as stored.
struct PanelIQ2 : PanelThreeBits {
  static constexpr int kLargest = 86, kOffset = 43;
  static constexpr float kFactor = 0x1p-3f;
  static constexpr uint8_t kValues[16] = {0, 18, 35, 51, 68, 86};
};

/// In eighths, -1, 0 and 1 shifted down or up by one: codes 0-5 are -9, -7, -1, 1, 7, 9. 800 and 896 bytes
/// as stored.
struct PanelIQ1 : PanelThreeBits {
  static constexpr int kLargest = 18, kOffset = 9;
  static constexpr float kFactor = 0x1p-3f;
  static constexpr uint8_t kValues[16] = {0, 2, 8, 10, 16, 18};
};

#ifdef TUG_LANES
namespace {

template <int kTokens, class Panel>
requires requires(const PanelThreeBits*& any, const Panel* panel) { any = panel; }
[[gnu::always_inline]] inline void add_block(const Panel& panel, int64_t block, const QuantRow* x,
                                             Prefetch ahead, V16* y) {
  add_groups_of_16<kTokens>(
      panel, block, x, ahead, y, [&]<int kQuad, int kOdd>(int pair) __attribute__((always_inline)) {
        const auto& [low, high] = panel.pairs[pair];
        const Codes codes = bits<2 * kQuad, 2>(load_ahead<kQuad == 0>(low[kOdd], ahead)) |
                            bits<4 * kOdd + kQuad, 1, 2>(load_ahead<kQuad + kOdd == 0>(high, ahead));
        if constexpr (requires { Panel::kValues; }) return look_up(load_table(Panel::kValues), codes);
        else return codes;
      });
}

}  // namespace
#endif

}  // namespace tug
