// IQ1_S: 256 elements in 50 bytes; ternary grid vectors of 8, a 3-bit scale and a shift for every 32.
//
//   byte 0   2            34            50
//        | d | qs[32]     | qh u16[8]   |     d f16
//
//   vector v (elements 8v..8v+7):  qs[v], and bits 3(v%4)..3(v%4)+2 of qh[v/4] on top, in kIq1sGrid
//   qh[g]:   bits 12-14 the scale; bit 15: the shift is negative
//   value:   d * (2 scale + 1) * (grid +- kIq1Shift)
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockIQ1_S {
  static constexpr int kElements = 256;
  uint16_t d;  // f16
  uint8_t qs[32];
  uint16_t qh[8];
};
static_assert(sizeof(BlockIQ1_S) == 50);

/// How far IQ1_S and IQ1_M move the values of a vector up or down.
inline constexpr float kIq1Shift = 0.125f;

}  // namespace tug
