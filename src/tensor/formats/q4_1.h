// Q4_1: 32 elements in 20 bytes; 4-bit codes above a minimum.
//
//   byte 0   2   4                                20
//        | d | m | qs[16]                         |     d, m f16
//
//   qs[j]:  bits 0-3 element j, bits 4-7 element j + 16
//   value:  d * code + m
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockQ4_1 {
  static constexpr int kElements = 32;
  uint16_t d;  // f16
  uint16_t m;  // f16
  uint8_t qs[16];
};
static_assert(sizeof(BlockQ4_1) == 20);

}  // namespace tug
