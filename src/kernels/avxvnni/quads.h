// Products of quads of codes with 4 activations, in 32 bits; the lanes are those of AVX2.
#pragma once

#include "kernels/avx2/vector.h"

namespace tug {
namespace {

constexpr int kTile = 4;  // tokens that share an unpacked weight
constexpr int kFloatSumsAtOnce = 4;
constexpr int kPanelsAtOnce = 1;
/// Quads of codes of up to `largest` that a QuadSum holds exactly.
constexpr int exact_quads(int) { return 8; }

struct SignedCodes {
  Codes offset;  // + 128: the instruction wants one factor unsigned
};
using QuadSum = U16;
inline __m256i low_halves(__m256i pairs) { return _mm256_srai_epi32(_mm256_slli_epi32(pairs, 16), 16); }
struct Scale {
  U16 halves;  // int16: the scale, and 0
  U16 whole() const { return {low_halves(halves.low), low_halves(halves.high)}; }
};
inline __m256i plus_128(__m256i codes) { return _mm256_xor_si256(codes, _mm256_set1_epi8(-128)); }
inline SignedCodes load_signed_codes(const uint8_t* from) {
  return {{plus_128(load_256(from)), plus_128(load_256(from, 1))}};
}

struct SignedTable {
  Table offset;
};
inline SignedTable load_table(const int8_t* from) {
  return {{plus_128(_mm256_broadcastsi128_si256(load_128(from)))}};
}
inline SignedCodes look_up(SignedTable table, Codes c) { return {look_up(table.offset, c)}; }

inline QuadSum no_quads() { return U16(0u); }
inline QuadSum add_quad(QuadSum sum, Codes c, uint32_t quad) {
  const __m256i a = _mm256_set1_epi32(static_cast<int>(quad));
  return {_mm256_dpbusd_avx_epi32(sum.low, c.low, a), _mm256_dpbusd_avx_epi32(sum.high, c.high, a)};
}
inline U16 wide(QuadSum sum) { return sum; }
inline U16 begin_signed(int32_t sum) { return U16(static_cast<uint32_t>(-128 * sum)); }
inline U16 add_signed_quad(U16 sum, SignedCodes c, uint32_t quad) { return add_quad(sum, c.offset, quad); }

inline Scale first_of(Pairs p) {
  const __m256i half = _mm256_set1_epi32(0xffff);
  return {{_mm256_and_si256(p.low, half), _mm256_and_si256(p.high, half)}};
}
inline Scale second_of(Pairs p) { return {{_mm256_srli_epi32(p.low, 16), _mm256_srli_epi32(p.high, 16)}}; }
inline U16 add_scaled(U16 total, QuadSum sum, Scale scale) {
  const U16 by = scale.whole();
  return total + U16(_mm256_mullo_epi32(sum.low, by.low), _mm256_mullo_epi32(sum.high, by.high));
}
/// The same for a sum of 16 bits, at a third of the cost.
inline U16 add_small(U16 total, QuadSum sum, Scale scale) {
  return {_mm256_dpwssd_avx_epi32(total.low, sum.low, scale.halves.low),
          _mm256_dpwssd_avx_epi32(total.high, sum.high, scale.halves.high)};
}
/// A sum of signed codes under a scale.
struct ScaledSum {
  U16 all;
};
inline ScaledSum begin_scaled(int32_t sum) { return {begin_signed(sum)}; }
inline ScaledSum add_signed_quad(ScaledSum sum, SignedCodes c, uint32_t quad, Scale) {
  return {add_signed_quad(sum.all, c, quad)};
}
inline U16 add_scaled(U16 total, ScaledSum sum, Scale scale) { return add_scaled(total, sum.all, scale); }
/// total + first * low half of `two` + second * high half.
inline U16 add_pairs(U16 total, Pairs p, uint32_t two) {
  const __m256i factors = _mm256_set1_epi32(static_cast<int>(two));
  return {_mm256_dpwssd_avx_epi32(total.low, p.low, factors),
          _mm256_dpwssd_avx_epi32(total.high, p.high, factors)};
}

}  // namespace
}  // namespace tug
