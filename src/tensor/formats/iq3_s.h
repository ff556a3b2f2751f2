// IQ3_S: 256 elements in 110 bytes; grid vectors of 4, a 4-bit scale for every 32.
//
//   byte 0   2        66      74          106         110
//        | d | qs[64] | qh[8] | signs[32] | scales[4] |     d f16
//
//   vector v (elements 4v..4v+3):  qs[v], and bit v%8 of qh[v/8] on top, in kIq3sGrid
//   signs[e/8]:  bit e%8 set: element e is negative
//   scales:      nibble e / 32, the low one first
//   value:       d * (1 + 2 scale) * (+-grid)
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockIQ3_S {
  static constexpr int kElements = 256;
  uint16_t d;  // f16
  uint8_t qs[64];
  uint8_t qh[8];
  uint8_t signs[32];
  uint8_t scales[4];
};
static_assert(sizeof(BlockIQ3_S) == 110);

}  // namespace tug
