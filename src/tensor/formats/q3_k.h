// Q3_K: 256 elements in 110 bytes; 3-bit codes, a 6-bit scale for every 16.
//
//   byte 0           32                         96           108  110
//        | hmask[32] | qs[64]                   | scales[12] | d  |     d f16
//
//   qs[32 h + r]:  bits 2j, 2j+1: low bits of element 128 h + 32 j + r   (h = 0..1, j = 0..3, r = 0..31)
//   hmask[r]:      bit 4 h + j: high bit of that element
//   scales:        low nibbles of scales 0-7 and 8-15 in bytes 0-7; two high bits of scale i in byte
//                  8 + i % 4 at bit 2 (i / 4)
//   value:         d * (scale - 32) * (code - 4)
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockQ3_K {
  static constexpr int kElements = 256;
  uint8_t hmask[32];
  uint8_t qs[64];
  uint8_t scales[12];
  uint16_t d;  // f16
};
static_assert(sizeof(BlockQ3_K) == 110);

}  // namespace tug
