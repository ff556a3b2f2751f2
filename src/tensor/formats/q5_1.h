// Q5_1: 32 elements in 24 bytes; 5-bit codes above a minimum.
//
//   byte 0   2   4        8                                24
//        | d | m | qh     | qs[16]                         |     d, m f16, qh u32
//
//   qs[j]:  bits 0-3 element j, bits 4-7 element j + 16: the low four bits
//   qh:     bit e is the fifth bit of element e
//   value:  d * code + m
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockQ5_1 {
  static constexpr int kElements = 32;
  uint16_t d;  // f16
  uint16_t m;  // f16
  uint32_t qh;
  uint8_t qs[16];
};
static_assert(sizeof(BlockQ5_1) == 24);

}  // namespace tug
