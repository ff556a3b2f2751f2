// Q2_K: 256 elements in 84 bytes; 2-bit codes, a 4-bit scale and minimum for every 16.
//
//   byte 0            16                           80  82     84
//        | scales[16] | qs[64]                     | d | dmin |     d, dmin f16
//
//   qs[32 h + r]:  bits 2j, 2j+1: element 128 h + 32 j + r        (h = 0..1, j = 0..3, r = 0..31)
//   scales[e/16]:  bits 0-3 scale, bits 4-7 minimum of element e
//   value:         d * scale * code - dmin * minimum
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockQ2_K {
  static constexpr int kElements = 256;
  uint8_t scales[16];
  uint8_t qs[64];
  uint16_t d;     // f16
  uint16_t dmin;  // f16
};
static_assert(sizeof(BlockQ2_K) == 84);

}  // namespace tug
