// Plain integer arithmetic: no CPU feature, and no dependence on a flush-to-zero mode.
#include "tensor/formats/float.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "tensor/formats/decode.h"
#include "tensor/type.h"

namespace tug {
namespace {

constexpr uint32_t kInfinity32 = 0x7f800000;
constexpr uint32_t kQuietBit32 = 0x00400000;

uint32_t bits_of(float value) { return std::bit_cast<uint32_t>(value); }

// Drops the lowest `count` bits, rounding to nearest, ties to even. A carry into the exponent is right as it
// is.
uint32_t drop_bits(uint32_t bits, int count) {
  const uint32_t below_half = (1u << (count - 1)) - 1;
  return (bits + below_half + (bits >> count & 1)) >> count;
}

// Numbers of `Bits` one by one; the compiler removes the unaligned copies.
template <class Bits, class Convert>
void decode_numbers(const std::byte* from, int64_t count, float* to, Convert convert) {
  for (int64_t i = 0; i < count; ++i) to[i] = convert(load<Bits>(from + i * sizeof(Bits)));
}

template <class Bits, class Convert>
void encode_numbers(const float* from, int64_t count, std::byte* to, Convert convert) {
  for (int64_t i = 0; i < count; ++i) {
    const Bits bits = convert(from[i]);
    std::memcpy(to + i * sizeof(Bits), &bits, sizeof(Bits));
  }
}

}  // namespace

float f32_from_f16(uint16_t bits) {
  const uint32_t sign = (bits & 0x8000u) << 16;
  const uint32_t magnitude = bits & 0x7fffu;
  uint32_t wide = 0;
  if (magnitude >= 0x7c00) {
    wide = kInfinity32 | (magnitude & 0x3ff) << 13 | (magnitude > 0x7c00 ? kQuietBit32 : 0);
  } else if (magnitude < 0x400) {
    wide = bits_of(static_cast<float>(magnitude) * 0x1p-24f);
  } else {
    wide = (magnitude << 13) + (112u << 23);  // 112: the exponent biases differ by 127 - 15
  }
  return std::bit_cast<float>(sign | wide);
}

uint16_t f16_from_f32(float value) {
  const uint32_t sign = bits_of(value) >> 16 & 0x8000u;
  const uint32_t magnitude = bits_of(value) & 0x7fffffffu;
  uint32_t half = 0;
  if (magnitude > kInfinity32) {
    half = 0x7e00 | (magnitude >> 13 & 0x3ff);
  } else if (magnitude >= bits_of(65536.0f)) {
    half = 0x7c00;
  } else if (magnitude >= bits_of(0x1p-14f)) {
    half = drop_bits(magnitude - (112u << 23), 13);
  } else {
    // Subnormal. Above 0.5 a float counts in steps of 2^-24, as a half does here: the sum rounds for us.
    half = bits_of(std::bit_cast<float>(magnitude) + 0.5f) - bits_of(0.5f);
  }
  return static_cast<uint16_t>(sign | half);
}

float f32_from_f8_e4m3(uint8_t bits) {
  const uint32_t sign = (bits & 0x80u) << 24;
  const uint32_t magnitude = bits & 0x7fu;
  uint32_t wide = 0;
  if (magnitude == 0x7f) {
    wide = kInfinity32 | kQuietBit32;
  } else if (magnitude < 8) {
    wide = bits_of(static_cast<float>(magnitude) * 0x1p-9f);
  } else {
    wide = (magnitude << 20) + (120u << 23);  // 120 = 127 - 7
  }
  return std::bit_cast<float>(sign | wide);
}

uint8_t f8_e4m3_from_f32(float value) {
  const uint32_t sign = bits_of(value) >> 24 & 0x80u;
  if (std::isnan(value)) return static_cast<uint8_t>(sign | 0x7f);
  const uint32_t magnitude = std::min(bits_of(value) & 0x7fffffffu, bits_of(448.0f));
  uint32_t small = 0;
  if (magnitude >= bits_of(0x1p-6f)) {
    small = drop_bits(magnitude - (120u << 23), 20);
  } else {
    // Subnormal. Above 2^14 a float counts in steps of 2^-9.
    small = bits_of(std::bit_cast<float>(magnitude) + 0x1p14f) - bits_of(0x1p14f);
  }
  return static_cast<uint8_t>(sign | small);
}

void decode_f32(const std::byte* from, int64_t blocks, float* to) {
  decode_numbers<float>(from, blocks, to, [](float value) { return value; });
}
void decode_f16(const std::byte* from, int64_t blocks, float* to) {
  decode_numbers<uint16_t>(from, blocks, to, f32_from_f16);
}
void decode_bf16(const std::byte* from, int64_t blocks, float* to) {
  decode_numbers<uint16_t>(from, blocks, to, f32_from_bf16);
}
void decode_f8_e4m3(const std::byte* from, int64_t blocks, float* to) {
  decode_numbers<uint8_t>(from, blocks, to, f32_from_f8_e4m3);
}

void encode_f32(const float* from, int64_t blocks, std::byte* to) {
  encode_numbers<float>(from, blocks, to, [](float value) { return value; });
}
void encode_f16(const float* from, int64_t blocks, std::byte* to) {
  encode_numbers<uint16_t>(from, blocks, to, f16_from_f32);
}
void encode_bf16(const float* from, int64_t blocks, std::byte* to) {
  encode_numbers<uint16_t>(from, blocks, to, bf16_from_f32);
}
void encode_f8_e4m3(const float* from, int64_t blocks, std::byte* to) {
  encode_numbers<uint8_t>(from, blocks, to, f8_e4m3_from_f32);
}

}  // namespace tug
