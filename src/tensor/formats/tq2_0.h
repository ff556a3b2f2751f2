// TQ2_0: 256 ternary elements in 66 bytes; 2-bit codes.
//
//   byte 0                        64  66
//        | qs[64]                 | d |     d f16
//
//   qs[32 h + r]:  bits 2j, 2j+1: element 128 h + 32 j + r        (h = 0..1, j = 0..3, r = 0..31)
//   value:         (code - 1) * d
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockTQ2_0 {
  static constexpr int kElements = 256;
  uint8_t qs[64];
  uint16_t d;  // f16
};
static_assert(sizeof(BlockTQ2_0) == 66);

}  // namespace tug
