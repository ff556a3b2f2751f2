// Q4_0: 32 elements in 18 bytes; 4-bit codes around zero.
//
//   byte 0   2                                18
//        | d | qs[16]                         |     d f16
//
//   qs[j]:  bits 0-3 element j, bits 4-7 element j + 16
//   value:  d * (code - 8)
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockQ4_0 {
  static constexpr int kElements = 32;
  uint16_t d;  // f16
  uint8_t qs[16];
};
static_assert(sizeof(BlockQ4_0) == 18);

}  // namespace tug
