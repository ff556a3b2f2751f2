// Q5_K: 256 elements in 176 bytes; 5-bit codes, a 6-bit scale and minimum for every 32.
//
//   byte 0   2      4            16       48                         176
//        | d | dmin | scales[12] | qh[32] | qs[128]                  |     d, dmin f16
//
//   qs[32 p + r]:  bits 0-3 element 64 p + r, bits 4-7 element 64 p + 32 + r: the low four bits
//   qh[r]:         bit g is the fifth bit of element 32 g + r
//   scales:        see unpack_scale_min in common.h
//   value:         d * scale * code - dmin * minimum
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockQ5_K {
  static constexpr int kElements = 256;
  uint16_t d;     // f16
  uint16_t dmin;  // f16
  uint8_t scales[12];
  uint8_t qh[32];
  uint8_t qs[128];
};
static_assert(sizeof(BlockQ5_K) == 176);

}  // namespace tug
