// NVFP4: 64 elements in 36 bytes; E2M1 floats, every 16 under an unsigned E4M3 scale.
//
//   byte 0    4                                36
//        | d  | qs[32]                         |     d[4]: scales, qs[8 s ...]: codes of group s
//
//   qs[8 s + j]:  bits 0-3 element 16 s + j, bits 4-7 element 16 s + j + 8
//   value:        d[s] / 2 * kFp4Doubled[code]
//
// The matrix's own second scale stands beside it in the file and is not applied here.
#pragma once

#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockNVFP4 {
  static constexpr int kElements = 64;
  uint8_t d[4];  // E4M3 without a sign
  uint8_t qs[32];
};
static_assert(sizeof(BlockNVFP4) == 36);

}  // namespace tug
