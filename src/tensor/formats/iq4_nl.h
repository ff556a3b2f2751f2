// IQ4_NL: 32 elements in 18 bytes; 4-bit codes into a table of unevenly spaced values.
//
//   byte 0   2                                18
//        | d | qs[16]                         |     d f16
//
//   qs[j]:  bits 0-3 element j, bits 4-7 element j + 16
//   value:  d * kIq4Values[code]
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockIQ4_NL {
  static constexpr int kElements = 32;
  uint16_t d;  // f16
  uint8_t qs[16];
};
static_assert(sizeof(BlockIQ4_NL) == 18);

/// The values of IQ4_NL and IQ4_XS codes.
inline constexpr int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                          1,    13,   25,  38,  53,  69,  89,  113};

}  // namespace tug
