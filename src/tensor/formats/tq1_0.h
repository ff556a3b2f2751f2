// TQ1_0: 256 ternary elements in 54 bytes; five base-3 digits in a byte.
//
//   byte 0             48      52  54
//        | qs[48]      | qh[4] | d |     d f16
//
//   digit n (0 first, the most significant) of            is element
//     qs[m],      m = 0..31, n = 0..4                       32 n + m
//     qs[32 + m], m = 0..15, n = 0..4                       160 + 16 n + m
//     qh[m],      m = 0..3,  n = 0..3                       240 + 4 n + m
//   value:  (digit - 1) * d
//
// A byte is the fraction 0.digits in base 3, times 256, rounded up: multiplying by 3 moves digits out at the
// top.
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockTQ1_0 {
  static constexpr int kElements = 256;
  uint8_t qs[48];
  uint8_t qh[4];
  uint16_t d;  // f16
};
static_assert(sizeof(BlockTQ1_0) == 54);

}  // namespace tug
