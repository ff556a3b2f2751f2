// IQ4_XS: 256 elements in 136 bytes; IQ4_NL codes, a 6-bit scale for every 32.
//
//   byte 0   2          4             8                                136
//        | d | scales_h | scales_l[4] | qs[128]                        |     d f16, scales_h u16
//
//   qs[16 g + j]:  bits 0-3 element 32 g + j, bits 4-7 element 32 g + j + 16
//   scale of g:    nibble g of scales_l (the low one first), bits 2g, 2g+1 of scales_h on top
//   value:         d * (scale - 32) * kIq4Values[code]
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockIQ4_XS {
  static constexpr int kElements = 256;
  uint16_t d;  // f16
  uint16_t scales_h;
  uint8_t scales_l[4];
  uint8_t qs[128];
};
static_assert(sizeof(BlockIQ4_XS) == 136);

}  // namespace tug
