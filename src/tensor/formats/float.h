// F32, F16, BF16, F8_E4M3: plain floating-point elements.
//
//            sign exponent mantissa  bias
//   F32        1      8       23      127
//   F16        1      5       10       15
//   BF16       1      8        7      127   the upper half of an F32
//   F8_E4M3    1      4        3        7   no infinities; 0x7F and 0xFF are NaN; largest 448
//
// Conversions of one number are in tensor/type.h, but for the 8-bit one. The block decoders are declared in
// decode.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tug {

float f32_from_f8_e4m3(uint8_t bits);
/// Round to nearest, ties to even. Beyond 448 it saturates, infinities too; a NaN stays a NaN.
uint8_t f8_e4m3_from_f32(float value);

void encode_f32(const float* from, int64_t blocks, std::byte* to);
void encode_f16(const float* from, int64_t blocks, std::byte* to);
void encode_bf16(const float* from, int64_t blocks, std::byte* to);
void encode_f8_e4m3(const float* from, int64_t blocks, std::byte* to);

}  // namespace tug
