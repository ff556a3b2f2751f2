// IQ2_XXS: 256 elements in 66 bytes; grid vectors of 8, a 4-bit scale for every 32.
//
//   byte 0   2         10        18               66
//        | d | group 0 | group 1 | ... group 7    |     d f16
//
//   group:   | i0 i1 i2 i3 | a u32 |     i: kIq2xxsGrid vectors of elements 0-7, 8-15, 16-23, 24-31
//   a:       bits 7l..7l+6 the sign index of vector l; bits 28-31 the scale
//   value:   d * (0.5 + scale) / 4 * (+-grid)
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockIQ2_XXS {
  static constexpr int kElements = 256;
  struct [[gnu::packed]] Group {
    uint8_t grid[4];
    uint32_t signs_scale;
  };
  uint16_t d;  // f16
  Group groups[8];
};
static_assert(sizeof(BlockIQ2_XXS) == 66);

}  // namespace tug
