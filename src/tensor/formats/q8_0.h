// Q8_0: 32 elements in 34 bytes; 8-bit codes around zero.
//
//   byte 0   2                                34
//        | d | qs i8[32]                      |     d f16
//
//   value:  d * qs[e]
#pragma once

#include <cstddef>
#include <cstdint>

namespace tug {

struct [[gnu::packed]] BlockQ8_0 {
  static constexpr int kElements = 32;
  uint16_t d;  // f16
  int8_t qs[32];
};
static_assert(sizeof(BlockQ8_0) == 34);

/// ggml's rule: d = largest magnitude / 127, codes rounded to nearest with ties away from zero, by the
/// unrounded d. A block with an infinite or very large value gets an infinite d; a NaN becomes code 0.
void encode_q8_0(const float* from, int64_t blocks, std::byte* to);

}  // namespace tug
