// IQ2_XS: 256 elements in 74 bytes; grid vectors of 8, a 4-bit scale for every 16.
//
//   byte 0   2                                66          74
//        | d | qs u16[32]                     | scales[8] |     d f16
//
//   qs[v]:   bits 0-8 the kIq2xsGrid vector, bits 9-15 the sign index of elements 8v..8v+7
//   scales:  nibble e / 16, the low one first
//   value:   d * (0.5 + scale) / 4 * (+-grid)
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockIQ2_XS {
  static constexpr int kElements = 256;
  uint16_t d;  // f16
  uint16_t qs[32];
  uint8_t scales[8];
};
static_assert(sizeof(BlockIQ2_XS) == 74);

}  // namespace tug
