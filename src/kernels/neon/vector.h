// Sixteen lanes as four registers: lanes 0 to 3, 4 to 7, 8 to 11 and 12 to 15.
#pragma once

#include <arm_neon.h>
#include <stdint.h>
#include <string.h>

#include "base/lane_math.h"

namespace tug {
namespace {

constexpr int kTile = 4;  // tokens that share an unpacked weight
constexpr int kFloatSumsAtOnce = 4;
constexpr int kPanelsAtOnce = 1;
/// Quads of codes of up to `largest` that a QuadSum holds exactly.
constexpr int exact_quads(int) { return 8; }

/// Four registers.
template <class Register>
struct Four {
  Register at[4];
};
/// The register of each index.
template <class To, class PartOf>
[[gnu::always_inline]] inline To each_part(PartOf part_of) {
  To result;
  result.at[0] = part_of(0), result.at[1] = part_of(1), result.at[2] = part_of(2), result.at[3] = part_of(3);
  return result;
}

struct U16 : Four<uint32x4_t> {
  U16() = default;
  explicit U16(uint32_t value) {
    for (uint32x4_t& part : at) part = vdupq_n_u32(value);
  }
};
struct V16 : Four<float32x4_t> {
  V16() = default;
  explicit V16(float value) {
    for (float32x4_t& part : at) part = vdupq_n_f32(value);
  }
};
struct M16 : Four<uint32x4_t> {};

/// Eight lanes of doubles.
struct D8 : Four<float64x2_t> {
  D8() = default;
  explicit D8(double value) {
    for (float64x2_t& part : at) part = vdupq_n_f64(value);
  }
};

inline V16 operator+(V16 a, V16 b) {
  return each_part<V16>([&](int i) { return vaddq_f32(a.at[i], b.at[i]); });
}
inline V16 operator-(V16 a, V16 b) {
  return each_part<V16>([&](int i) { return vsubq_f32(a.at[i], b.at[i]); });
}
inline V16 operator*(V16 a, V16 b) {
  return each_part<V16>([&](int i) { return vmulq_f32(a.at[i], b.at[i]); });
}
inline V16 operator/(V16 a, V16 b) {
  return each_part<V16>([&](int i) { return vdivq_f32(a.at[i], b.at[i]); });
}
inline M16 operator<(V16 a, V16 b) {
  return each_part<M16>([&](int i) { return vcltq_f32(a.at[i], b.at[i]); });
}
/// Bit i: lane i.
inline uint32_t lanes_of(M16 m) {
  const uint32x4_t bits = {1, 2, 4, 8};
  uint32x4_t lanes = vandq_u32(m.at[0], bits);
  lanes = vorrq_u32(lanes, vandq_u32(m.at[1], vshlq_n_u32(bits, 4)));
  lanes = vorrq_u32(lanes, vandq_u32(m.at[2], vshlq_n_u32(bits, 8)));
  lanes = vorrq_u32(lanes, vandq_u32(m.at[3], vshlq_n_u32(bits, 12)));
  return vaddvq_u32(lanes);
}
/// first + each of the lanes, ascending; may write 16 numbers.
inline void put_lanes(uint32_t lanes, int32_t first, int32_t* to) {
  for (; lanes != 0; lanes &= lanes - 1) *to++ = first + __builtin_ctz(lanes);
}
inline V16 fused(V16 a, V16 b, V16 c) {
  return each_part<V16>([&](int i) { return vfmaq_f32(c.at[i], a.at[i], b.at[i]); });
}
inline V16 select(M16 m, V16 yes, V16 no) {
  return each_part<V16>([&](int i) { return vbslq_f32(m.at[i], yes.at[i], no.at[i]); });
}

inline U16 operator+(U16 a, U16 b) {
  return each_part<U16>([&](int i) { return vaddq_u32(a.at[i], b.at[i]); });
}
inline U16 operator-(U16 a, U16 b) {
  return each_part<U16>([&](int i) { return vsubq_u32(a.at[i], b.at[i]); });
}
inline U16 operator*(U16 a, int32_t factor) {
  return each_part<U16>([&](int i) { return vmulq_n_u32(a.at[i], static_cast<uint32_t>(factor)); });
}
inline U16 operator<<(U16 a, int bits) {
  return each_part<U16>([&](int i) { return vshlq_u32(a.at[i], vdupq_n_s32(bits)); });
}
inline U16 operator>>(U16 a, int bits) {
  return each_part<U16>([&](int i) { return vshlq_u32(a.at[i], vdupq_n_s32(-bits)); });
}
inline U16 bits_of(V16 a) {
  return each_part<U16>([&](int i) { return vreinterpretq_u32_f32(a.at[i]); });
}
inline V16 float_of_bits(U16 a) {
  return each_part<V16>([&](int i) { return vreinterpretq_f32_u32(a.at[i]); });
}
inline V16 float_of(U16 a) {
  return each_part<V16>([&](int i) { return vcvtq_f32_s32(vreinterpretq_s32_u32(a.at[i])); });
}

inline D8 doubles_of(const float* from) {
  return each_part<D8>([&](int i) { return vcvt_f64_f32(vld1_f32(from + 2 * i)); });
}
inline D8 operator+(D8 a, D8 b) {
  return each_part<D8>([&](int i) { return vaddq_f64(a.at[i], b.at[i]); });
}
inline D8 operator-(D8 a, D8 b) {
  return each_part<D8>([&](int i) { return vsubq_f64(a.at[i], b.at[i]); });
}
inline D8 fused(D8 a, D8 b, D8 c) {
  return each_part<D8>([&](int i) { return vfmaq_f64(c.at[i], a.at[i], b.at[i]); });
}
/// b when one is NaN, unlike vmaxq_f64.
inline D8 larger(D8 a, D8 b) {
  return each_part<D8>([&](int i) { return vbslq_f64(vcgtq_f64(a.at[i], b.at[i]), a.at[i], b.at[i]); });
}
/// a * 2^n, where the low bits of `integer` are n; the result is a normal number.
inline D8 scaled(D8 a, D8 integer) {
  return each_part<D8>([&](int i) {
    const uint64x2_t power = vshlq_n_u64(vreinterpretq_u64_f64(integer.at[i]), 52);
    return vreinterpretq_f64_u64(vaddq_u64(vreinterpretq_u64_f64(a.at[i]), power));
  });
}
inline void store(D8 v, double* to) {
  for (int i = 0; i < 4; ++i) vst1q_f64(to + 2 * i, v.at[i]);
}

inline V16 load(const float* from) {
  return each_part<V16>([&](int i) { return vld1q_f32(from + 4 * i); });
}
inline V16 load(const float* from, int64_t count) {
  float lanes[16] = {};
  memcpy(lanes, from, static_cast<size_t>(count) * sizeof(float));
  return load(lanes);
}
inline void store(V16 v, float* to) {
  for (int i = 0; i < 4; ++i) vst1q_f32(to + 4 * i, v.at[i]);
}
inline void store(V16 v, float* to, int64_t count) {
  float lanes[16];
  store(v, lanes);
  memcpy(to, lanes, static_cast<size_t>(count) * sizeof(float));
}
/// Lanes 8 * half and up as 16 bits each.
inline uint16x8_t load_words(const void* from, int half) {
  return vreinterpretq_u16_u8(vld1q_u8(static_cast<const uint8_t*>(from) + 16 * half));
}
inline uint16x4_t quarter(uint16x8_t eight, int part) {
  return part % 2 == 0 ? vget_low_u16(eight) : vget_high_u16(eight);
}
inline V16 load_bf16(const void* from) {
  return each_part<V16>(
      [&](int i) { return vreinterpretq_f32_u32(vshll_n_u16(quarter(load_words(from, i / 2), i), 16)); });
}
inline float32x4_t float_of_f16(uint16x4_t bits) { return vcvt_f32_f16(vreinterpret_f16_u16(bits)); }
inline V16 load_f16(const void* from) {
  return each_part<V16>([&](int i) { return float_of_f16(quarter(load_words(from, i / 2), i)); });
}

/// Bytes 8 * half and up, widened.
inline uint16x8_t widened(uint8x16_t bytes, int half) {
  return vmovl_u8(half == 0 ? vget_low_u8(bytes) : vget_high_u8(bytes));
}
inline int16x8_t widened(int8x16_t bytes, int half) {
  return vmovl_s8(half == 0 ? vget_low_s8(bytes) : vget_high_s8(bytes));
}
inline uint16x8_t words_of(uint16x8_t v) { return v; }
inline uint16x8_t words_of(int16x8_t v) { return vreinterpretq_u16_s16(v); }

/// 16 E4M3 numbers, divided by 256: as F16, whose exponent has another bias.
inline V16 load_e4m3(const uint8_t* from) {
  const int8x16_t bytes = vreinterpretq_s8_u8(vld1q_u8(from));
  return each_part<V16>([&](int i) {
    const uint16x8_t moved = vshlq_n_u16(words_of(widened(bytes, i / 2)), 7);
    return float_of_f16(quarter(vandq_u16(moved, vdupq_n_u16(0xbf80)), i));
  });
}

/// 16 bytes, one a lane.
inline U16 load_bytes(const uint8_t* from) {
  const uint8x16_t bytes = vld1q_u8(from);
  return each_part<U16>([&](int i) { return vmovl_u16(quarter(widened(bytes, i / 2), i)); });
}
inline U16 load_bytes(const int8_t* from) {
  const int8x16_t bytes = vld1q_s8(from);
  return each_part<U16>([&](int i) {
    const uint16x4_t four = quarter(words_of(widened(bytes, i / 2)), i);
    return vreinterpretq_u32_s32(vmovl_s16(vreinterpret_s16_u16(four)));
  });
}

inline float sum_of(V16 v) {
  const float32x4_t four = vaddq_f32(vaddq_f32(v.at[0], v.at[2]), vaddq_f32(v.at[1], v.at[3]));
  const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
  return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}
inline uint32_t max_of(U16 v) {
  return vmaxvq_u32(vmaxq_u32(vmaxq_u32(v.at[0], v.at[1]), vmaxq_u32(v.at[2], v.at[3])));
}
inline U16 magnitude_bits(V16 v) {
  return each_part<U16>(
      [&](int i) { return vandq_u32(vreinterpretq_u32_f32(v.at[i]), vdupq_n_u32(0x7fffffff)); });
}
inline U16 max(U16 a, U16 b) {
  return each_part<U16>([&](int i) { return vmaxq_u32(a.at[i], b.at[i]); });
}
inline int32_t sum_of(U16 v) {
  return static_cast<int32_t>(
      vaddvq_u32(vaddq_u32(vaddq_u32(v.at[0], v.at[1]), vaddq_u32(v.at[2], v.at[3]))));
}
inline void store_bytes(U16 v, int8_t* to) {
  const uint16x8_t low = vcombine_u16(vmovn_u32(v.at[0]), vmovn_u32(v.at[1]));
  const uint16x8_t high = vcombine_u16(vmovn_u32(v.at[2]), vmovn_u32(v.at[3]));
  vst1q_s8(to, vreinterpretq_s8_u8(vcombine_u8(vmovn_u16(low), vmovn_u16(high))));
}

// 8-bit codes: a quad of 16 rows, and its products with 4 activations. No unsigned code is above 127, so the
// signed product is right for both kinds.

struct Codes : Four<uint8x16_t> {};
using SignedCodes = Codes;
using QuadSum = U16;
using Scale = U16;
struct Pairs : Four<int16x8_t> {};

inline Codes load_codes(const uint8_t* from) {
  return each_part<Codes>([&](int i) { return vld1q_u8(from + 16 * i); });
}
inline SignedCodes load_signed_codes(const uint8_t* from) { return load_codes(from); }
/// Bits kFrom .. kFrom + kCount - 1 of every code, as bits kTo and up.
template <int kFrom, int kCount, int kTo = 0>
inline Codes bits(Codes c) {
  return each_part<Codes>([&](int i) {
    uint8x16_t moved = c.at[i];
    if constexpr (kFrom < kTo) moved = vshlq_n_u8(moved, kTo - kFrom);
    if constexpr (kFrom > kTo) moved = vshrq_n_u8(moved, kFrom - kTo);
    return vandq_u8(moved, vdupq_n_u8(((1 << kCount) - 1) << kTo));
  });
}
inline Codes operator|(Codes a, Codes b) {
  return each_part<Codes>([&](int i) { return vorrq_u8(a.at[i], b.at[i]); });
}

/// Sixteen values that 4-bit codes stand for.
struct Table {
  uint8x16_t all;
};
using SignedTable = Table;
inline Table load_table(const uint8_t* from) { return {vld1q_u8(from)}; }
inline SignedTable load_table(const int8_t* from) { return {vreinterpretq_u8_s8(vld1q_s8(from))}; }
inline Codes look_up(Table table, Codes c) {
  return each_part<Codes>([&](int i) { return vqtbl1q_u8(table.all, c.at[i]); });
}

inline QuadSum no_quads() { return U16(0u); }
inline QuadSum add_quad(QuadSum sum, Codes c, uint32_t quad) {
  const int8x16_t a = vreinterpretq_s8_u32(vdupq_n_u32(quad));
  return each_part<U16>([&](int i) {
    const int32x4_t all = vreinterpretq_s32_u32(sum.at[i]);
    return vreinterpretq_u32_s32(vdotq_s32(all, vreinterpretq_s8_u8(c.at[i]), a));
  });
}
inline U16 wide(QuadSum sum) { return sum; }
inline U16 begin_signed(int32_t) { return U16(0u); }
inline U16 add_signed_quad(U16 sum, SignedCodes c, uint32_t quad) { return add_quad(sum, c, quad); }

template <class Byte>
inline Pairs load_pairs_of(const Byte* from) {
  return each_part<Pairs>([&](int i) {
    if constexpr (Byte(-1) < 0) return widened(vld1q_s8(from + i / 2 * 16), i % 2);
    else return vreinterpretq_s16_u16(widened(vld1q_u8(from + i / 2 * 16), i % 2));
  });
}
inline Pairs load_pairs(const uint8_t* from) { return load_pairs_of(from); }
inline Pairs load_pairs(const int8_t* from) { return load_pairs_of(from); }
inline Scale first_of(Pairs p) {
  return each_part<U16>([&](int i) {
    return vreinterpretq_u32_s32(vshrq_n_s32(vshlq_n_s32(vreinterpretq_s32_s16(p.at[i]), 16), 16));
  });
}
inline Scale second_of(Pairs p) {
  return each_part<U16>(
      [&](int i) { return vreinterpretq_u32_s32(vshrq_n_s32(vreinterpretq_s32_s16(p.at[i]), 16)); });
}
inline U16 add_scaled(U16 total, QuadSum sum, Scale scale) {
  return each_part<U16>([&](int i) { return vmlaq_u32(total.at[i], sum.at[i], scale.at[i]); });
}
/// A sum of signed codes under a scale.
struct ScaledSum {
  U16 all;
};
inline ScaledSum begin_scaled(int32_t) { return {U16(0u)}; }
inline ScaledSum add_signed_quad(ScaledSum sum, SignedCodes c, uint32_t quad, Scale) {
  return {add_quad(sum.all, c, quad)};
}
inline U16 add_scaled(U16 total, ScaledSum sum, Scale scale) { return add_scaled(total, sum.all, scale); }
/// total + first * low half of `two` + second * high half.
inline U16 add_pairs(U16 total, Pairs p, uint32_t two) {
  const auto first = static_cast<int16_t>(two), second = static_cast<int16_t>(two >> 16);
  return add_scaled(add_scaled(total, first_of(p), U16(static_cast<uint32_t>(first))), second_of(p),
                    U16(static_cast<uint32_t>(second)));
}

// Not left to the optimizer, which takes a function that only prefetches for one without effect.
[[gnu::always_inline]] inline void prefetch_near(const void* address) { __builtin_prefetch(address); }
[[gnu::always_inline]] inline void prefetch_far(const void* address) { __builtin_prefetch(address, 0, 2); }

}  // namespace
}  // namespace tug
