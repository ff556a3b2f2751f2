// Sixteen lanes as two registers: lanes 0 to 7 and 8 to 15. What multiplies codes is in quads.h.
#pragma once

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "base/lane_math.h"

namespace tug {
namespace {

struct U16 {
  __m256i low, high;
  U16() = default;
  U16(__m256i l, __m256i h) : low(l), high(h) {}
  explicit U16(uint32_t value) : low(_mm256_set1_epi32(static_cast<int>(value))), high(low) {}
};
struct V16 {
  __m256 low, high;
  V16() = default;
  V16(__m256 l, __m256 h) : low(l), high(h) {}
  explicit V16(float value) : low(_mm256_set1_ps(value)), high(low) {}
};
struct M16 {
  __m256 low, high;
};

struct D8 {
  __m256d low, high;
  D8(__m256d l, __m256d h) : low(l), high(h) {}
  explicit D8(double value) : low(_mm256_set1_pd(value)), high(low) {}
};

inline V16 operator+(V16 a, V16 b) { return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)}; }
inline V16 operator-(V16 a, V16 b) { return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
inline V16 operator*(V16 a, V16 b) { return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
inline V16 operator/(V16 a, V16 b) { return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)}; }
inline M16 operator<(V16 a, V16 b) {
  return {_mm256_cmp_ps(a.low, b.low, _CMP_LT_OQ), _mm256_cmp_ps(a.high, b.high, _CMP_LT_OQ)};
}
inline uint32_t lanes_of(M16 m) {
  return static_cast<uint32_t>(_mm256_movemask_ps(m.low) | _mm256_movemask_ps(m.high) << 8);
}
/// first + each of the lanes, ascending; may write 16 numbers.
inline void put_lanes(uint32_t lanes, int32_t first, int32_t* to) {
  for (; lanes != 0; lanes &= lanes - 1) *to++ = first + __builtin_ctz(lanes);
}
inline V16 fused(V16 a, V16 b, V16 c) {
  return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
inline V16 select(M16 m, V16 yes, V16 no) {
  return {_mm256_blendv_ps(no.low, yes.low, m.low), _mm256_blendv_ps(no.high, yes.high, m.high)};
}

inline U16 operator+(U16 a, U16 b) {
  return {_mm256_add_epi32(a.low, b.low), _mm256_add_epi32(a.high, b.high)};
}
inline U16 operator-(U16 a, U16 b) {
  return {_mm256_sub_epi32(a.low, b.low), _mm256_sub_epi32(a.high, b.high)};
}
inline U16 operator*(U16 a, int32_t factor) {
  const __m256i both = _mm256_set1_epi32(factor);
  return {_mm256_mullo_epi32(a.low, both), _mm256_mullo_epi32(a.high, both)};
}
inline U16 operator<<(U16 a, int bits) {
  return {_mm256_slli_epi32(a.low, bits), _mm256_slli_epi32(a.high, bits)};
}
inline U16 operator>>(U16 a, int bits) {
  return {_mm256_srli_epi32(a.low, bits), _mm256_srli_epi32(a.high, bits)};
}
inline U16 bits_of(V16 a) { return {_mm256_castps_si256(a.low), _mm256_castps_si256(a.high)}; }
inline V16 float_of_bits(U16 a) { return {_mm256_castsi256_ps(a.low), _mm256_castsi256_ps(a.high)}; }
inline V16 float_of(U16 a) { return {_mm256_cvtepi32_ps(a.low), _mm256_cvtepi32_ps(a.high)}; }

inline D8 doubles_of(const float* from) {
  return {_mm256_cvtps_pd(_mm_loadu_ps(from)), _mm256_cvtps_pd(_mm_loadu_ps(from + 4))};
}
inline D8 operator+(D8 a, D8 b) { return {_mm256_add_pd(a.low, b.low), _mm256_add_pd(a.high, b.high)}; }
inline D8 operator-(D8 a, D8 b) { return {_mm256_sub_pd(a.low, b.low), _mm256_sub_pd(a.high, b.high)}; }
inline D8 fused(D8 a, D8 b, D8 c) {
  return {_mm256_fmadd_pd(a.low, b.low, c.low), _mm256_fmadd_pd(a.high, b.high, c.high)};
}
inline D8 larger(D8 a, D8 b) { return {_mm256_max_pd(a.low, b.low), _mm256_max_pd(a.high, b.high)}; }
/// a * 2^n, where the low bits of `integer` are n; the result is a normal number.
inline D8 scaled(D8 a, D8 integer) {
  const auto half = [](__m256d v, __m256d n) {
    const __m256i power = _mm256_slli_epi64(_mm256_castpd_si256(n), 52);
    return _mm256_castsi256_pd(_mm256_add_epi64(_mm256_castpd_si256(v), power));
  };
  return {half(a.low, integer.low), half(a.high, integer.high)};
}
inline void store(D8 v, double* to) {
  _mm256_storeu_pd(to, v.low);
  _mm256_storeu_pd(to + 4, v.high);
}

inline V16 load(const float* from) { return {_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)}; }
inline V16 load(const float* from, int64_t count) {
  alignas(32) float lanes[16] = {};
  memcpy(lanes, from, static_cast<size_t>(count) * sizeof(float));
  return load(lanes);
}
inline void store(V16 v, float* to) {
  _mm256_storeu_ps(to, v.low);
  _mm256_storeu_ps(to + 8, v.high);
}
inline void store(V16 v, float* to, int64_t count) {
  alignas(32) float lanes[16];
  store(v, lanes);
  memcpy(to, lanes, static_cast<size_t>(count) * sizeof(float));
}
inline __m128i load_128(const void* from, int index = 0) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from) + index);
}
inline __m256i load_256(const void* from, int index = 0) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from) + index);
}
inline __m256 float_of_bf16(__m128i eight) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(eight), 16));
}
inline V16 load_bf16(const void* from) {
  return {float_of_bf16(load_128(from)), float_of_bf16(load_128(from, 1))};
}
inline V16 load_f16(const void* from) {
  return {_mm256_cvtph_ps(load_128(from)), _mm256_cvtph_ps(load_128(from, 1))};
}

/// 16 E4M3 numbers, divided by 256: as F16, whose exponent has another bias.
inline V16 load_e4m3(const uint8_t* from) {
  const __m256i wide = _mm256_cvtepi8_epi16(load_128(from));
  const __m256i bits = _mm256_and_si256(_mm256_slli_epi16(wide, 7), _mm256_set1_epi16(-0x4080));  // 0xbf80
  return {_mm256_cvtph_ps(_mm256_castsi256_si128(bits)), _mm256_cvtph_ps(_mm256_extracti128_si256(bits, 1))};
}

/// 16 bytes, one a lane.
inline U16 load_bytes(const uint8_t* from) {
  const __m128i all = load_128(from);
  return {_mm256_cvtepu8_epi32(all), _mm256_cvtepu8_epi32(_mm_srli_si128(all, 8))};
}

inline U16 load_bytes(const int8_t* from) {
  const __m128i all = load_128(from);
  return {_mm256_cvtepi8_epi32(all), _mm256_cvtepi8_epi32(_mm_srli_si128(all, 8))};
}

inline float sum_of(V16 v) {
  const __m256 eight = _mm256_add_ps(v.low, v.high);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
inline uint32_t max_of(U16 v) {
  const __m256i eight = _mm256_max_epi32(v.low, v.high);
  const __m128i four = _mm_max_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
  const __m128i two = _mm_max_epi32(four, _mm_shuffle_epi32(four, 0x4e));
  return static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_max_epi32(two, _mm_shuffle_epi32(two, 0xb1))));
}
inline U16 magnitude_bits(V16 v) {
  const __m256i mask = _mm256_set1_epi32(0x7fffffff);
  return {_mm256_and_si256(_mm256_castps_si256(v.low), mask),
          _mm256_and_si256(_mm256_castps_si256(v.high), mask)};
}
inline U16 max(U16 a, U16 b) { return {_mm256_max_epi32(a.low, b.low), _mm256_max_epi32(a.high, b.high)}; }
inline int32_t sum_of(U16 v) {
  const __m256i eight = _mm256_add_epi32(v.low, v.high);
  const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
  const __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xb1)));
}
/// Lanes within int8.
inline void store_bytes(U16 v, int8_t* to) {
  const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(v.low, v.high), 0xd8);
  const __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
}

// 8-bit codes: a quad of 16 rows.

struct Codes {
  __m256i low, high;
};
struct Pairs {
  __m256i low, high;  // int16
};

inline Codes load_codes(const uint8_t* from) { return {load_256(from), load_256(from, 1)}; }
template <int kFrom, int kCount, int kTo>
inline __m256i bits(__m256i c) {
  if constexpr (kFrom < kTo) c = _mm256_slli_epi16(c, kTo - kFrom);
  if constexpr (kFrom > kTo) c = _mm256_srli_epi16(c, kFrom - kTo);
  return _mm256_and_si256(c, _mm256_set1_epi8(((1 << kCount) - 1) << kTo));
}
/// Bits kFrom .. kFrom + kCount - 1 of every code, as bits kTo and up.
template <int kFrom, int kCount, int kTo = 0>
inline Codes bits(Codes c) {
  return {bits<kFrom, kCount, kTo>(c.low), bits<kFrom, kCount, kTo>(c.high)};
}
inline Codes operator|(Codes a, Codes b) {
  return {_mm256_or_si256(a.low, b.low), _mm256_or_si256(a.high, b.high)};
}

/// Sixteen values that 4-bit codes stand for.
struct Table {
  __m256i all;
};
inline Table load_table(const uint8_t* from) { return {_mm256_broadcastsi128_si256(load_128(from))}; }
inline Codes look_up(Table table, Codes c) {
  return {_mm256_shuffle_epi8(table.all, c.low), _mm256_shuffle_epi8(table.all, c.high)};
}

inline Pairs load_pairs(const uint8_t* from) {
  return {_mm256_cvtepu8_epi16(load_128(from)), _mm256_cvtepu8_epi16(load_128(from, 1))};
}
inline Pairs load_pairs(const int8_t* from) {
  return {_mm256_cvtepi8_epi16(load_128(from)), _mm256_cvtepi8_epi16(load_128(from, 1))};
}

// Not left to the optimizer, which takes a function that only prefetches for one without effect.
[[gnu::always_inline]] inline void prefetch_near(const void* address) {
  _mm_prefetch(static_cast<const char*>(address), _MM_HINT_T0);
}
[[gnu::always_inline]] inline void prefetch_far(const void* address) {
  _mm_prefetch(static_cast<const char*>(address), _MM_HINT_T1);
}

}  // namespace
}  // namespace tug
