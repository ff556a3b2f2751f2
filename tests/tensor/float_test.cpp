// The small floats, exhaustively, and the encoders.
#include "tensor/formats/float.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "support/sha256.h"
#include "tensor/formats/q8_0.h"
#include "tensor/pseudo_bytes.h"
#include "tensor/type.h"

namespace tug {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// What a small float's bits mean, from the definition; for finite patterns.
float by_definition(int bits, int exponent_bits, int mantissa_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int mantissa = bits & ((1 << mantissa_bits) - 1);
  const int exponent = bits >> mantissa_bits & ((1 << exponent_bits) - 1);
  const int sign = bits >> (mantissa_bits + exponent_bits) & 1;
  const int significand = exponent == 0 ? mantissa : mantissa | 1 << mantissa_bits;
  const float magnitude =
      std::ldexp(static_cast<float>(significand), std::max(exponent, 1) - bias - mantissa_bits);
  return sign ? -magnitude : magnitude;
}

TEST(F16, AllPatternsGoThereAndBack) {
  for (int bits = 0; bits < 65536; ++bits) {
    const float value = f32_from_f16(static_cast<uint16_t>(bits));
    const int magnitude = bits & 0x7fff;
    if (magnitude > 0x7c00) {
      ASSERT_TRUE(std::isnan(value)) << bits;
      ASSERT_EQ(f16_from_f32(value), bits | 0x200) << bits;  // the same NaN, quiet
      continue;
    }
    const float expected = magnitude == 0x7c00 ? std::copysign(kInfinity, value) : by_definition(bits, 5, 10);
    ASSERT_EQ(std::bit_cast<uint32_t>(value), std::bit_cast<uint32_t>(expected)) << bits;
    ASSERT_EQ(std::signbit(value), bits >= 0x8000) << bits;
    ASSERT_EQ(f16_from_f32(value), bits);
  }
}

// Between two neighbours: half-way goes to the even one, a hair to either side to the nearer one.
template <class Decode, class Encode>
void expect_nearest_even(int last, Decode decode, Encode encode) {
  for (int low = 0; low < last; ++low) {
    const float middle = decode(low) + (decode(low + 1) - decode(low)) / 2;
    ASSERT_EQ(encode(middle), low + (low & 1)) << low;
    ASSERT_EQ(encode(std::nextafter(middle, 0.0f)), low) << low;
    ASSERT_EQ(encode(std::nextafter(middle, kInfinity)), low + 1) << low;
  }
}

TEST(F16, RoundsToNearestEven) { expect_nearest_even(0x7bff, f32_from_f16, f16_from_f32); }

TEST(F16, LargeIsInfiniteAndTinyIsZero) {
  EXPECT_EQ(f16_from_f32(std::nextafter(65520.0f, 0.0f)), 0x7bff);
  EXPECT_EQ(f16_from_f32(65520.0f), 0x7c00);
  EXPECT_EQ(f16_from_f32(-1e30f), 0xfc00);
  EXPECT_EQ(f16_from_f32(-kInfinity), 0xfc00);
  EXPECT_EQ(f16_from_f32(0x1p-25f), 0x0000);
  EXPECT_EQ(f16_from_f32(-0x1p-149f), 0x8000);
  EXPECT_EQ(f16_from_f32(-0.0f), 0x8000);
  EXPECT_EQ(f16_from_f32(kNan), 0x7e00);
  // A NaN whose payload lies below what a half keeps must not become infinity.
  EXPECT_EQ(f16_from_f32(std::bit_cast<float>(0x7f800001u)), 0x7e00);
}

TEST(Bf16, RoundsToNearestEven) {
  expect_nearest_even(0x7f7f, f32_from_bf16, bf16_from_f32);
  EXPECT_EQ(bf16_from_f32(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_EQ(bf16_from_f32(std::bit_cast<float>(0x7f800001u)), 0x7fc0);
  EXPECT_EQ(bf16_from_f32(-0.0f), 0x8000);
}

TEST(F8E4M3, AllPatterns) {
  for (int bits = 0; bits < 256; ++bits) {
    const float value = f32_from_f8_e4m3(static_cast<uint8_t>(bits));
    if ((bits & 0x7f) == 0x7f) {
      EXPECT_TRUE(std::isnan(value)) << bits;
    } else {
      EXPECT_EQ(std::bit_cast<uint32_t>(value), std::bit_cast<uint32_t>(by_definition(bits, 4, 3))) << bits;
    }
    EXPECT_EQ(f8_e4m3_from_f32(value), bits);
  }
  EXPECT_EQ(f32_from_f8_e4m3(0x7e), 448.0f);
  EXPECT_EQ(f32_from_f8_e4m3(0x01), 0x1p-9f);
  EXPECT_EQ(f32_from_f8_e4m3(0xb8), -1.0f);
}

TEST(F8E4M3, RoundsToNearestEvenAndSaturates) {
  expect_nearest_even(0x7e, f32_from_f8_e4m3, f8_e4m3_from_f32);
  EXPECT_EQ(f8_e4m3_from_f32(1e9f), 0x7e);
  EXPECT_EQ(f8_e4m3_from_f32(-kInfinity), 0xfe);
  EXPECT_EQ(f8_e4m3_from_f32(-0.0f), 0x80);
  EXPECT_EQ(f8_e4m3_from_f32(-kNan) & 0x7f, 0x7f);
}

std::vector<std::byte> encode(Type type, const std::vector<float>& values) {
  const TypeInfo& info = type_info(type);
  const auto count = static_cast<int64_t>(values.size());
  std::vector<std::byte> bytes(static_cast<size_t>(row_bytes(type, count).value()));
  info.encode(values.data(), count / info.block_elements, bytes.data());
  return bytes;
}

// 512 * 32 values in -8 .. 8; the hashes are those of gguf-py 0.19, with x the state words:
//   y = x.view(int32).astype(float32) * 2**-28;  sha256(gguf.quants.quantize(y.reshape(512, 32), type))
TEST(Encode, AsGgufPy) {
  std::vector<float> values(512 * 32);
  PseudoBytes source;
  for (float& value : values) value = static_cast<float>(static_cast<int32_t>(source.word())) * 0x1p-28f;
  EXPECT_EQ(Sha256::hex(encode(Type::kF16, values)),
            "eacf5c8f47cfba30595f484c56ae1dc88de2bb15f77345866416ba894159c092");
  EXPECT_EQ(Sha256::hex(encode(Type::kBF16, values)),
            "b5f1815c4dba064e2e2675ba0fea8cd79078a1b39f706c1e3ebc39d9a07abbd9");
  EXPECT_EQ(Sha256::hex(encode(Type::kQ8_0, values)),
            "cca9cb27c1b97454d54476c66127d7d59487c2aee827e023ba40401fcc09d0e7");
}

TEST(Encode, WhatIsRepresentableComesBack) {
  const std::vector<float> values = {0.0f, -0.0f, 1.0f, -1.5f, 0.015625f, 448.0f, -240.0f, 0x1p-9f};
  for (Type type : {Type::kF32, Type::kF16, Type::kBF16, Type::kF8_E4M3}) {
    SCOPED_TRACE(type_info(type).name);
    std::vector<float> back(values.size());
    type_info(type).decode(encode(type, values).data(), static_cast<int64_t>(values.size()), back.data());
    EXPECT_EQ(std::memcmp(back.data(), values.data(), values.size() * sizeof(float)), 0);
  }
}

BlockQ8_0 encode_q8_0_block(float fill, float first) {
  std::vector<float> values(32, fill);
  values[0] = first;
  return load<BlockQ8_0>(encode(Type::kQ8_0, values).data());
}

TEST(Encode, Q8_0TiesGoAwayFromZero) {
  const BlockQ8_0 block = encode_q8_0_block(-0.5f, 127.0f);
  EXPECT_EQ(block.d, 0x3c00);  // 1.0
  EXPECT_EQ(block.qs[0], 127);
  EXPECT_EQ(block.qs[1], -1);
}

TEST(Encode, Q8_0OfExtremes) {
  EXPECT_EQ(encode_q8_0_block(0.0f, 0.0f).d, 0);
  EXPECT_EQ(encode_q8_0_block(0.0f, 0.0f).qs[0], 0);
  EXPECT_EQ(encode_q8_0_block(1.0f, kInfinity).d, 0x7c00);
  EXPECT_EQ(encode_q8_0_block(1.0f, kInfinity).qs[0], 0);
  EXPECT_EQ(encode_q8_0_block(127.0f, kNan).d, 0x3c00);
  EXPECT_EQ(encode_q8_0_block(127.0f, kNan).qs[0], 0);
  EXPECT_EQ(encode_q8_0_block(127.0f, kNan).qs[1], 127);
  EXPECT_EQ(encode_q8_0_block(0.0f, 0x1p-149f).d, 0);
  EXPECT_EQ(encode_q8_0_block(0.0f, 0x1p-130f).d, 0);
}

}  // namespace
}  // namespace tug
