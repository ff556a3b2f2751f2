// IQ2_S: 256 elements in 82 bytes; grid vectors of 8, a 4-bit scale for every 16.
//
//   byte 0   2        34          66      74          82
//        | d | qs[32] | signs[32] | qh[8] | scales[8] |     d f16
//
//   vector v (elements 8v..8v+7):  qs[v], and bits 2(v%4), 2(v%4)+1 of qh[v/4] on top, in kIq2sGrid
//   signs[v]:  bit j set: element 8v + j is negative
//   scales:    nibble e / 16, the low one first
//   value:     d * (0.5 + scale) / 4 * (+-grid)
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockIQ2_S {
  static constexpr int kElements = 256;
  uint16_t d;  // f16
  uint8_t qs[32];
  uint8_t signs[32];
  uint8_t qh[8];
  uint8_t scales[8];
};
static_assert(sizeof(BlockIQ2_S) == 82);

}  // namespace tug
