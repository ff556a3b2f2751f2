// Sixteen lanes as plain loops: the truth that the vector instruction sets are tested against.
#pragma once

#include <stdint.h>
#include <string.h>

#include "base/lane_math.h"
#include "tensor/type.h"

namespace tug {
namespace {

constexpr int kTile = 2;  // tokens that share an unpacked weight
constexpr int kFloatSumsAtOnce = 4;
constexpr int kPanelsAtOnce = 1;
/// Quads of codes of up to `largest` that a QuadSum holds exactly.
constexpr int exact_quads(int) { return 8; }

struct U16 {
  uint32_t at[16];
  U16() = default;
  explicit U16(uint32_t value) {
    for (uint32_t& lane : at) lane = value;
  }
};
struct V16 {
  float at[16];
  V16() = default;
  explicit V16(float value) {
    for (float& lane : at) lane = value;
  }
};
struct M16 {
  bool at[16];
};

/// Eight lanes of doubles.
struct D8 {
  double at[8];
  explicit D8(double value) {
    for (double& lane : at) lane = value;
  }
};

template <class To, class F>
To each_lane(F lane) {
  To result;
  for (int i = 0; i < 16; ++i) result.at[i] = lane(i);
  return result;
}

inline V16 operator+(V16 a, V16 b) {
  return each_lane<V16>([&](int i) { return a.at[i] + b.at[i]; });
}
inline V16 operator-(V16 a, V16 b) {
  return each_lane<V16>([&](int i) { return a.at[i] - b.at[i]; });
}
inline V16 operator*(V16 a, V16 b) {
  return each_lane<V16>([&](int i) { return a.at[i] * b.at[i]; });
}
inline V16 operator/(V16 a, V16 b) {
  return each_lane<V16>([&](int i) { return a.at[i] / b.at[i]; });
}
inline M16 operator<(V16 a, V16 b) {
  return each_lane<M16>([&](int i) { return a.at[i] < b.at[i]; });
}
/// Bit i: lane i.
inline uint32_t lanes_of(M16 m) {
  uint32_t bits = 0;
  for (int i = 0; i < 16; ++i) bits |= static_cast<uint32_t>(m.at[i]) << i;
  return bits;
}
/// first + each of the lanes, ascending; may write 16 numbers.
inline void put_lanes(uint32_t lanes, int32_t first, int32_t* to) {
  for (; lanes != 0; lanes &= lanes - 1) *to++ = first + __builtin_ctz(lanes);
}
inline V16 fused(V16 a, V16 b, V16 c) {
  return each_lane<V16>([&](int i) { return tug::fused(a.at[i], b.at[i], c.at[i]); });
}
inline V16 select(M16 m, V16 yes, V16 no) {
  return each_lane<V16>([&](int i) { return m.at[i] ? yes.at[i] : no.at[i]; });
}

inline U16 operator+(U16 a, U16 b) {
  return each_lane<U16>([&](int i) { return a.at[i] + b.at[i]; });
}
inline U16 operator-(U16 a, U16 b) {
  return each_lane<U16>([&](int i) { return a.at[i] - b.at[i]; });
}
inline U16 operator*(U16 a, int32_t factor) {
  return each_lane<U16>([&](int i) { return a.at[i] * static_cast<uint32_t>(factor); });
}
inline U16 operator<<(U16 a, int bits) {
  return each_lane<U16>([&](int i) { return a.at[i] << bits; });
}
inline U16 operator>>(U16 a, int bits) {
  return each_lane<U16>([&](int i) { return a.at[i] >> bits; });
}
inline U16 bits_of(V16 a) {
  return each_lane<U16>([&](int i) { return tug::bits_of(a.at[i]); });
}
inline V16 float_of_bits(U16 a) {
  return each_lane<V16>([&](int i) { return tug::float_of_bits(a.at[i]); });
}
inline V16 float_of(U16 a) {
  return each_lane<V16>([&](int i) { return tug::float_of(a.at[i]); });
}

template <class F>
D8 each_double(F lane) {
  D8 result(0);
  for (int i = 0; i < 8; ++i) result.at[i] = lane(i);
  return result;
}
inline D8 doubles_of(const float* from) {
  return each_double([&](int i) { return static_cast<double>(from[i]); });
}
inline D8 operator+(D8 a, D8 b) {
  return each_double([&](int i) { return a.at[i] + b.at[i]; });
}
inline D8 operator-(D8 a, D8 b) {
  return each_double([&](int i) { return a.at[i] - b.at[i]; });
}
inline D8 fused(D8 a, D8 b, D8 c) {
  return each_double([&](int i) { return __builtin_fma(a.at[i], b.at[i], c.at[i]); });
}
inline D8 larger(D8 a, D8 b) {
  return each_double([&](int i) { return a.at[i] > b.at[i] ? a.at[i] : b.at[i]; });
}
/// a * 2^n, where the low bits of `integer` are n; the result is a normal number.
inline D8 scaled(D8 a, D8 integer) {
  return each_double([&](int i) {
    const auto n = __builtin_bit_cast(uint64_t, integer.at[i]);
    return __builtin_bit_cast(double, __builtin_bit_cast(uint64_t, a.at[i]) + (n << 52));
  });
}
inline void store(D8 v, double* to) { memcpy(to, v.at, sizeof(v.at)); }

inline V16 load(const float* from, int64_t count = 16) {
  return each_lane<V16>([&](int i) { return i < count ? from[i] : 0.0f; });
}
inline void store(V16 v, float* to, int64_t count = 16) {
  memcpy(to, v.at, static_cast<size_t>(count) * sizeof(float));
}
inline V16 load_bf16(const void* from) {
  return each_lane<V16>(
      [&](int i) { return f32_from_bf16(tug::load<uint16_t>(static_cast<const char*>(from) + 2 * i)); });
}
inline V16 load_f16(const void* from) {
  return each_lane<V16>(
      [&](int i) { return f32_from_f16(tug::load<uint16_t>(static_cast<const char*>(from) + 2 * i)); });
}

/// 16 E4M3 numbers, divided by 256: as F16, whose exponent has another bias.
inline V16 load_e4m3(const uint8_t* from) {
  return each_lane<V16>([&](int i) {
    return f32_from_f16(static_cast<uint16_t>((from[i] & 0x7f) << 7 | (from[i] & 0x80) << 8));
  });
}

/// 16 bytes, one a lane.
inline U16 load_bytes(const uint8_t* from) {
  return each_lane<U16>([&](int i) { return uint32_t{from[i]}; });
}

inline U16 load_bytes(const int8_t* from) {
  return each_lane<U16>([&](int i) { return static_cast<uint32_t>(int32_t{from[i]}); });
}

inline float sum_of(V16 v) {
  for (int half = 8; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) v.at[i] += v.at[i + half];
  }
  return v.at[0];
}
/// The largest lane; of lanes below 2^31.
inline uint32_t max_of(U16 v) {
  uint32_t max = 0;
  for (const uint32_t lane : v.at) max = lane > max ? lane : max;
  return max;
}
inline U16 magnitude_bits(V16 v) {
  return each_lane<U16>([&](int i) { return tug::bits_of(v.at[i]) & 0x7fffffff; });
}
inline U16 max(U16 a, U16 b) {
  return each_lane<U16>([&](int i) { return a.at[i] > b.at[i] ? a.at[i] : b.at[i]; });
}
inline int32_t sum_of(U16 v) {
  uint32_t sum = 0;
  for (const uint32_t lane : v.at) sum += lane;
  return static_cast<int32_t>(sum);
}
inline void store_bytes(U16 v, int8_t* to) {
  for (int i = 0; i < 16; ++i) to[i] = static_cast<int8_t>(v.at[i]);
}

// 8-bit codes: a quad of 16 rows, and its products with 4 activations.

struct Codes {
  uint8_t at[64];
};
using SignedCodes = Codes;
using QuadSum = U16;
using Scale = U16;
struct Pairs {
  int16_t at[32];
};

inline Codes load_codes(const uint8_t* from) {
  Codes codes;
  memcpy(codes.at, from, sizeof(codes.at));
  return codes;
}
inline SignedCodes load_signed_codes(const uint8_t* from) { return load_codes(from); }
template <class F>
inline Codes each_code(F code) {
  Codes codes;
  for (int i = 0; i < 64; ++i) codes.at[i] = static_cast<uint8_t>(code(i));
  return codes;
}
/// Bits kFrom .. kFrom + kCount - 1 of every code, as bits kTo and up.
template <int kFrom, int kCount, int kTo = 0>
inline Codes bits(Codes c) {
  return each_code([&](int i) { return (c.at[i] >> kFrom & ((1 << kCount) - 1)) << kTo; });
}
inline Codes operator|(Codes a, Codes b) {
  return each_code([&](int i) { return a.at[i] | b.at[i]; });
}

/// Sixteen values that 4-bit codes stand for.
struct Table {
  uint8_t at[16];
};
using SignedTable = Table;
template <class Byte>
inline Table load_table(const Byte* from) {
  Table table;
  memcpy(table.at, from, sizeof(table.at));
  return table;
}
inline Codes look_up(Table table, Codes c) {
  return each_code([&](int i) { return table.at[c.at[i]]; });
}

inline QuadSum no_quads() { return U16(0); }
inline int32_t activation(uint32_t quad, int i) { return static_cast<int8_t>(quad >> (8 * i)); }
inline QuadSum add_quad(QuadSum sum, Codes c, uint32_t quad) {
  for (int i = 0; i < 64; ++i) sum.at[i / 4] += static_cast<uint32_t>(c.at[i] * activation(quad, i % 4));
  return sum;
}
inline U16 wide(QuadSum sum) { return sum; }
/// Sums of signed codes may carry an offset that `sum`, the activations' own, takes away.
inline U16 begin_signed(int32_t) { return U16(0); }
inline U16 add_signed_quad(U16 sum, SignedCodes c, uint32_t quad) {
  for (int i = 0; i < 64; ++i) {
    sum.at[i / 4] += static_cast<uint32_t>(static_cast<int8_t>(c.at[i]) * activation(quad, i % 4));
  }
  return sum;
}

inline Pairs load_pairs(const uint8_t* from) {
  Pairs pairs;
  for (int i = 0; i < 32; ++i) pairs.at[i] = from[i];
  return pairs;
}
inline Pairs load_pairs(const int8_t* from) {
  Pairs pairs;
  for (int i = 0; i < 32; ++i) pairs.at[i] = from[i];
  return pairs;
}
inline Scale first_of(Pairs p) {
  return each_lane<U16>([&](int i) { return static_cast<uint32_t>(p.at[2 * i]); });
}
inline Scale second_of(Pairs p) {
  return each_lane<U16>([&](int i) { return static_cast<uint32_t>(p.at[2 * i + 1]); });
}
inline U16 add_scaled(U16 total, QuadSum sum, Scale scale) {
  return each_lane<U16>([&](int i) { return total.at[i] + sum.at[i] * scale.at[i]; });
}
/// A sum of signed codes under a scale.
struct ScaledSum {
  U16 all;
};
inline ScaledSum begin_scaled(int32_t) { return {U16(0)}; }
inline ScaledSum add_signed_quad(ScaledSum sum, SignedCodes c, uint32_t quad, Scale) {
  return {add_signed_quad(sum.all, c, quad)};
}
inline U16 add_scaled(U16 total, ScaledSum sum, Scale scale) { return add_scaled(total, sum.all, scale); }
/// total + first * low half of `two` + second * high half.
inline U16 add_pairs(U16 total, Pairs p, uint32_t two) {
  const int32_t first = static_cast<int16_t>(two), second = static_cast<int16_t>(two >> 16);
  return each_lane<U16>([&](int i) {
    return total.at[i] + static_cast<uint32_t>(p.at[2 * i] * first + p.at[2 * i + 1] * second);
  });
}

inline void prefetch_near(const void*) {}
inline void prefetch_far(const void*) {}

}  // namespace
}  // namespace tug
