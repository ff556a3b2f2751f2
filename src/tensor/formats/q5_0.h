// Q5_0: 32 elements in 22 bytes; 5-bit codes around zero.
//
//   byte 0   2        6                                22
//        | d | qh     | qs[16]                         |     d f16, qh u32
//
//   qs[j]:  bits 0-3 element j, bits 4-7 element j + 16: the low four bits
//   qh:     bit e is the fifth bit of element e
//   value:  d * (code - 16)
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockQ5_0 {
  static constexpr int kElements = 32;
  uint16_t d;  // f16
  uint32_t qh;
  uint8_t qs[16];
};
static_assert(sizeof(BlockQ5_0) == 22);

}  // namespace tug
