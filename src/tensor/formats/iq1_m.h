// IQ1_M: 256 elements in 56 bytes; ternary grid vectors of 8, each with a shift, a 3-bit scale for every 16.
//
//   byte 0            32           48              56
//        | qs[32]     | qh[16]     | scales u16[4] |
//
//   vector v (elements 8v..8v+7):  qs[v], and the low three bits of nibble v of qh on top, in kIq1sGrid;
//                                  the nibble's bit 3: the shift is negative
//   scales[w]:  bits 0-11 four scales of 16 elements; bits 12-15 the bits 4w..4w+3 of d (f16)
//   value:      d * (2 scale + 1) * (grid +- kIq1Shift)
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockIQ1_M {
  static constexpr int kElements = 256;
  uint8_t qs[32];
  uint8_t qh[16];
  uint16_t scales[4];
};
static_assert(sizeof(BlockIQ1_M) == 56);

}  // namespace tug
