// Products of quads of codes with 4 activations, in 16 bits.
#pragma once

#include "kernels/avx2/vector.h"

namespace tug {
namespace {

constexpr int kTile = 4;  // tokens that share an unpacked weight
constexpr int kFloatSumsAtOnce = 4;
constexpr int kPanelsAtOnce = 1;
/// Quads of codes of up to `largest` that a QuadSum holds exactly: 16 bits, two products a quad.
constexpr int exact_quads(int largest) { return 32767 / (largest * 2 * 127); }

struct SignedCodes {
  Codes codes, magnitudes;
};
/// Two 16-bit sums per row; the caller adds so few products that they stay exact (8 quads of 4-bit codes).
struct QuadSum {
  __m256i low, high;
};
struct Scale {
  __m256i low, high;  // int16, twice per row
};

inline SignedCodes load_signed_codes(const uint8_t* from) {
  const Codes c = load_codes(from);
  return {c, {_mm256_abs_epi8(c.low), _mm256_abs_epi8(c.high)}};
}

struct SignedTable {
  Table codes, magnitudes;
};
inline SignedTable load_table(const int8_t* from) {
  const __m256i all = _mm256_broadcastsi128_si256(load_128(from));
  return {{all}, {_mm256_abs_epi8(all)}};
}
inline SignedCodes look_up(const SignedTable& table, Codes c) {
  return {look_up(table.codes, c), look_up(table.magnitudes, c)};
}

/// Left alone, g++ 12 does all products of a group first, most of them into memory, and adds them up then.
inline __m256i pinned(__m256i sum) {
  asm("" : "+x"(sum));
  return sum;
}
inline U16 pinned(U16 sum) { return {pinned(sum.low), pinned(sum.high)}; }

inline QuadSum no_quads() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
inline QuadSum add_quad(QuadSum sum, Codes c, uint32_t quad) {
  const __m256i a = _mm256_set1_epi32(static_cast<int>(quad));
  return {pinned(_mm256_add_epi16(sum.low, _mm256_maddubs_epi16(c.low, a))),
          pinned(_mm256_add_epi16(sum.high, _mm256_maddubs_epi16(c.high, a)))};
}
inline U16 wide(QuadSum sum) {
  const __m256i ones = _mm256_set1_epi16(1);
  return {_mm256_madd_epi16(sum.low, ones), _mm256_madd_epi16(sum.high, ones)};
}
inline U16 begin_signed(int32_t) { return U16(0u); }
/// |code| * (activation with the code's sign): 2 * 128 * 127 fits into 16 bits.
inline __m256i signed_products(__m256i codes, __m256i magnitudes, __m256i a, __m256i scale) {
  return _mm256_madd_epi16(_mm256_maddubs_epi16(magnitudes, _mm256_sign_epi8(a, codes)), scale);
}
inline U16 add_signed_quad(U16 sum, const SignedCodes& c, uint32_t quad) {
  const __m256i a = _mm256_set1_epi32(static_cast<int>(quad)), ones = _mm256_set1_epi16(1);
  return pinned(sum + U16(signed_products(c.codes.low, c.magnitudes.low, a, ones),
                          signed_products(c.codes.high, c.magnitudes.high, a, ones)));
}

inline __m256i twice_first(__m256i pairs) {
  return _mm256_blend_epi16(pairs, _mm256_slli_epi32(pairs, 16), 0xaa);
}
inline __m256i twice_second(__m256i pairs) {
  return _mm256_blend_epi16(_mm256_srli_epi32(pairs, 16), pairs, 0xaa);
}
inline Scale first_of(Pairs p) { return {twice_first(p.low), twice_first(p.high)}; }
inline Scale second_of(Pairs p) { return {twice_second(p.low), twice_second(p.high)}; }
inline U16 add_scaled(U16 total, QuadSum sum, Scale scale) {
  return total + U16(_mm256_madd_epi16(sum.low, scale.low), _mm256_madd_epi16(sum.high, scale.high));
}
/// A sum of signed codes under a scale.
struct ScaledSum {
  U16 all;
};
inline ScaledSum begin_scaled(int32_t) { return {U16(0u)}; }
inline ScaledSum add_signed_quad(ScaledSum sum, const SignedCodes& c, uint32_t quad, Scale scale) {
  const __m256i a = _mm256_set1_epi32(static_cast<int>(quad));
  return {pinned(sum.all + U16(signed_products(c.codes.low, c.magnitudes.low, a, scale.low),
                               signed_products(c.codes.high, c.magnitudes.high, a, scale.high)))};
}
inline U16 add_scaled(U16 total, ScaledSum sum, Scale) { return total + sum.all; }
/// total + first * low half of `two` + second * high half.
inline U16 add_pairs(U16 total, Pairs p, uint32_t two) {
  const __m256i factors = _mm256_set1_epi32(static_cast<int>(two));
  return total + U16(_mm256_madd_epi16(p.low, factors), _mm256_madd_epi16(p.high, factors));
}

}  // namespace
}  // namespace tug
