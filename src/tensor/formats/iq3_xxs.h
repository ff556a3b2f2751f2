// IQ3_XXS: 256 elements in 98 bytes; grid vectors of 4, a 4-bit scale for every 32.
//
//   byte 0   2                            66               98
//        | d | qs[64]                     | signs_scale[8] |     d f16, signs_scale u32
//
//   qs[v]:           the kIq3xxsGrid vector of elements 4v..4v+3
//   signs_scale[g]:  bits 7l..7l+6 the sign index of elements 32 g + 8 l ..., bits 28-31 the scale
//   value:           d * (0.5 + scale) / 2 * (+-grid)
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockIQ3_XXS {
  static constexpr int kElements = 256;
  uint16_t d;  // f16
  uint8_t qs[64];
  uint32_t signs_scale[8];
};
static_assert(sizeof(BlockIQ3_XXS) == 98);

}  // namespace tug
