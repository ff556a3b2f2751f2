// MXFP4 (OCP microscaling): 32 elements in 17 bytes; E2M1 floats under a power of two.
//
//   byte 0   1                                17
//        | e | qs[16]                         |     e: exponent, bias 127 (E8M0)
//
//   qs[j]:  bits 0-3 element j, bits 4-7 element j + 16
//   value:  2^(e - 128) * kFp4Doubled[code]; e = 255 is no NaN here
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockMXFP4 {
  static constexpr int kElements = 32;
  uint8_t e;
  uint8_t qs[16];
};
static_assert(sizeof(BlockMXFP4) == 17);

/// Twice the E2M1 values, so that they are integers. Code 8, minus zero, is plain zero as in ggml.
inline constexpr int8_t kFp4Doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

}  // namespace tug
