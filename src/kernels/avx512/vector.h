// Sixteen lanes as one register.
#pragma once

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "base/lane_math.h"

namespace tug {
namespace {

constexpr int kTile = 8;  // tokens that share an unpacked weight
constexpr int kFloatSumsAtOnce = 16;
constexpr int kPanelsAtOnce = 2;  // of floats, that share an activation
/// Quads of codes of up to `largest` that a QuadSum holds exactly.
constexpr int exact_quads(int) { return 8; }

struct U16 {
  __m512i all;
  U16() = default;
  explicit U16(__m512i v) : all(v) {}
  explicit U16(uint32_t value) : all(_mm512_set1_epi32(static_cast<int>(value))) {}
};
struct V16 {
  __m512 all;
  V16() = default;
  explicit V16(__m512 v) : all(v) {}
  explicit V16(float value) : all(_mm512_set1_ps(value)) {}
};
struct M16 {
  __mmask16 all;
};

struct D8 {
  __m512d all;
  explicit D8(__m512d v) : all(v) {}
  explicit D8(double value) : all(_mm512_set1_pd(value)) {}
};

inline V16 operator+(V16 a, V16 b) { return V16(_mm512_add_ps(a.all, b.all)); }
inline V16 operator-(V16 a, V16 b) { return V16(_mm512_sub_ps(a.all, b.all)); }
inline V16 operator*(V16 a, V16 b) { return V16(_mm512_mul_ps(a.all, b.all)); }
inline V16 operator/(V16 a, V16 b) { return V16(_mm512_div_ps(a.all, b.all)); }
inline M16 operator<(V16 a, V16 b) { return {_mm512_cmp_ps_mask(a.all, b.all, _CMP_LT_OQ)}; }
inline uint32_t lanes_of(M16 m) { return m.all; }
/// first + each of the lanes, ascending; may write 16 numbers.
inline void put_lanes(uint32_t lanes, int32_t first, int32_t* to) {
  const __m512i all = _mm512_add_epi32(
      _mm512_set1_epi32(first), _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(static_cast<__mmask16>(lanes), all));
}
inline V16 fused(V16 a, V16 b, V16 c) { return V16(_mm512_fmadd_ps(a.all, b.all, c.all)); }
inline V16 select(M16 m, V16 yes, V16 no) { return V16(_mm512_mask_blend_ps(m.all, no.all, yes.all)); }

inline U16 operator+(U16 a, U16 b) { return U16(_mm512_add_epi32(a.all, b.all)); }
inline U16 operator-(U16 a, U16 b) { return U16(_mm512_sub_epi32(a.all, b.all)); }
inline U16 operator*(U16 a, int32_t factor) {
  return U16(_mm512_mullo_epi32(a.all, _mm512_set1_epi32(factor)));
}
inline U16 operator<<(U16 a, int bits) { return U16(_mm512_slli_epi32(a.all, static_cast<unsigned>(bits))); }
inline U16 operator>>(U16 a, int bits) { return U16(_mm512_srli_epi32(a.all, static_cast<unsigned>(bits))); }
inline U16 bits_of(V16 a) { return U16(_mm512_castps_si512(a.all)); }
inline V16 float_of_bits(U16 a) { return V16(_mm512_castsi512_ps(a.all)); }
inline V16 float_of(U16 a) { return V16(_mm512_cvtepi32_ps(a.all)); }

inline D8 doubles_of(const float* from) { return D8(_mm512_cvtps_pd(_mm256_loadu_ps(from))); }
inline D8 operator+(D8 a, D8 b) { return D8(_mm512_add_pd(a.all, b.all)); }
inline D8 operator-(D8 a, D8 b) { return D8(_mm512_sub_pd(a.all, b.all)); }
inline D8 fused(D8 a, D8 b, D8 c) { return D8(_mm512_fmadd_pd(a.all, b.all, c.all)); }
inline D8 larger(D8 a, D8 b) { return D8(_mm512_max_pd(a.all, b.all)); }
/// a * 2^n, where the low bits of `integer` are n; the result is a normal number.
inline D8 scaled(D8 a, D8 integer) {
  const __m512i power = _mm512_slli_epi64(_mm512_castpd_si512(integer.all), 52);
  return D8(_mm512_castsi512_pd(_mm512_add_epi64(_mm512_castpd_si512(a.all), power)));
}
inline void store(D8 v, double* to) { _mm512_storeu_pd(to, v.all); }

inline __mmask16 first_lanes(int64_t count) { return static_cast<__mmask16>((1u << count) - 1); }
inline V16 load(const float* from) { return V16(_mm512_loadu_ps(from)); }
inline V16 load(const float* from, int64_t count) {
  return V16(_mm512_maskz_loadu_ps(first_lanes(count), from));
}
inline void store(V16 v, float* to) { _mm512_storeu_ps(to, v.all); }
inline void store(V16 v, float* to, int64_t count) { _mm512_mask_storeu_ps(to, first_lanes(count), v.all); }
inline __m256i load_256(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }
inline V16 load_bf16(const void* from) {
  return V16(_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(load_256(from)), 16)));
}
inline V16 load_f16(const void* from) { return V16(_mm512_cvtph_ps(load_256(from))); }

/// 16 E4M3 numbers, divided by 256: as F16, whose exponent has another bias.
inline V16 load_e4m3(const uint8_t* from) {
  const __m256i wide = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  const __m256i bits = _mm256_and_si256(_mm256_slli_epi16(wide, 7), _mm256_set1_epi16(-0x4080));  // 0xbf80
  return V16(_mm512_cvtph_ps(bits));
}

/// 16 bytes, one a lane.
inline U16 load_bytes(const uint8_t* from) {
  return U16(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}

inline U16 load_bytes(const int8_t* from) {
  return U16(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}

inline float sum_of(V16 v) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(v.all), _mm512_extractf32x8_ps(v.all, 1));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
inline uint32_t max_of(U16 v) { return static_cast<uint32_t>(_mm512_reduce_max_epi32(v.all)); }
inline U16 magnitude_bits(V16 v) {
  return U16(_mm512_and_si512(_mm512_castps_si512(v.all), _mm512_set1_epi32(0x7fffffff)));
}
inline U16 max(U16 a, U16 b) { return U16(_mm512_max_epi32(a.all, b.all)); }
inline int32_t sum_of(U16 v) { return _mm512_reduce_add_epi32(v.all); }
inline void store_bytes(U16 v, int8_t* to) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtepi32_epi8(v.all));
}

// 8-bit codes: a quad of 16 rows, and its products with 4 activations.

struct Codes {
  __m512i all;
};
struct SignedCodes {
  __m512i offset;  // + 128: the instruction wants one factor unsigned
};
struct QuadSum {
  __m512i all;
};
struct Scale {
  __m512i halves;  // int16: the scale, and 0
  __m512i whole() const { return _mm512_srai_epi32(_mm512_slli_epi32(halves, 16), 16); }
};
struct Pairs {
  __m512i all;  // int16
};

inline Codes load_codes(const uint8_t* from) { return {_mm512_loadu_si512(from)}; }
inline SignedCodes load_signed_codes(const uint8_t* from) {
  return {_mm512_xor_si512(_mm512_loadu_si512(from), _mm512_set1_epi8(-128))};
}
/// Bits kFrom .. kFrom + kCount - 1 of every code, as bits kTo and up.
template <int kFrom, int kCount, int kTo = 0>
inline Codes bits(Codes c) {
  __m512i moved = c.all;
  if constexpr (kFrom < kTo) moved = _mm512_slli_epi16(moved, kTo - kFrom);
  if constexpr (kFrom > kTo) moved = _mm512_srli_epi16(moved, kFrom - kTo);
  return {_mm512_and_si512(moved, _mm512_set1_epi8(((1 << kCount) - 1) << kTo))};
}
inline Codes operator|(Codes a, Codes b) { return {_mm512_or_si512(a.all, b.all)}; }

/// Sixteen values that 4-bit codes stand for.
struct Table {
  __m512i all;
};
struct SignedTable {
  __m512i offset;
};
inline __m512i four_times(const void* sixteen) {
  return _mm512_broadcast_i32x4(_mm_loadu_si128(static_cast<const __m128i*>(sixteen)));
}
inline Table load_table(const uint8_t* from) { return {four_times(from)}; }
inline SignedTable load_table(const int8_t* from) {
  return {_mm512_xor_si512(four_times(from), _mm512_set1_epi8(-128))};
}
inline Codes look_up(Table table, Codes c) { return {_mm512_shuffle_epi8(table.all, c.all)}; }
inline SignedCodes look_up(SignedTable table, Codes c) { return {_mm512_shuffle_epi8(table.offset, c.all)}; }

inline QuadSum no_quads() { return {_mm512_setzero_si512()}; }
inline QuadSum add_quad(QuadSum sum, Codes c, uint32_t quad) {
  return {_mm512_dpbusd_epi32(sum.all, c.all, _mm512_set1_epi32(static_cast<int>(quad)))};
}
inline U16 wide(QuadSum sum) { return U16(sum.all); }
inline U16 begin_signed(int32_t sum) { return U16(_mm512_set1_epi32(-128 * sum)); }
inline U16 add_signed_quad(U16 sum, SignedCodes c, uint32_t quad) {
  return U16(_mm512_dpbusd_epi32(sum.all, c.offset, _mm512_set1_epi32(static_cast<int>(quad))));
}

inline Pairs load_pairs(const uint8_t* from) { return {_mm512_cvtepu8_epi16(load_256(from))}; }
inline Pairs load_pairs(const int8_t* from) { return {_mm512_cvtepi8_epi16(load_256(from))}; }
inline Scale first_of(Pairs p) { return {_mm512_and_si512(p.all, _mm512_set1_epi32(0xffff))}; }
inline Scale second_of(Pairs p) { return {_mm512_srli_epi32(p.all, 16)}; }
inline U16 add_scaled(U16 total, QuadSum sum, Scale scale) {
  return U16(_mm512_add_epi32(total.all, _mm512_mullo_epi32(sum.all, scale.whole())));
}
/// The same for a sum of 16 bits, at a third of the cost.
inline U16 add_small(U16 total, QuadSum sum, Scale scale) {
  return U16(_mm512_dpwssd_epi32(total.all, sum.all, scale.halves));
}
/// A sum of signed codes under a scale.
struct ScaledSum {
  U16 all;
};
inline ScaledSum begin_scaled(int32_t sum) { return {begin_signed(sum)}; }
inline ScaledSum add_signed_quad(ScaledSum sum, SignedCodes c, uint32_t quad, Scale) {
  return {add_signed_quad(sum.all, c, quad)};
}
inline U16 add_scaled(U16 total, ScaledSum sum, Scale scale) {
  return U16(_mm512_add_epi32(total.all, _mm512_mullo_epi32(sum.all.all, scale.whole())));
}
/// total + first * low half of `two` + second * high half.
inline U16 add_pairs(U16 total, Pairs p, uint32_t two) {
  return U16(_mm512_dpwssd_epi32(total.all, p.all, _mm512_set1_epi32(static_cast<int>(two))));
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
