// Q6_K: 256 elements in 210 bytes; 6-bit codes around zero, an 8-bit scale for every 16.
//
//   byte 0         128      192          208  210
//        | ql[128] | qh[64] | scales[16] | d  |     scales i8, d f16
//
//   element 128 h + 32 k + r   (h = 0..1, k = 0..3, r = 0..31)
//     low four bits:   ql[64 h + r] for k = 0, 2; ql[64 h + 32 + r] for k = 1, 3; low nibble for k < 2
//     high two bits:   qh[32 h + r] at bit 2 k
//   value:  d * scales[e / 16] * (code - 32)
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockQ6_K {
  static constexpr int kElements = 256;
  uint8_t ql[128];
  uint8_t qh[64];
  int8_t scales[16];
  uint16_t d;  // f16
};
static_assert(sizeof(BlockQ6_K) == 210);

}  // namespace tug
