// What the products of codes share: sums of quads, exact in integers.
#pragma once

#include <stdint.h>

#ifdef TUG_LANES
namespace tug {
namespace {

/// Calls work.operator()<0>() ... <kCount - 1>().
template <int kCount, int kFirst = 0, class Work>
[[gnu::always_inline]] inline void unrolled(Work work) {
  if constexpr (kFirst < kCount) {
    work.template operator()<kFirst>();
    unrolled<kCount, kFirst + 1>(work);
  }
}

/// Loads a line, and asks for one further on: one at a time, since a burst stalls the loads behind it.
template <bool kAhead = true>
[[gnu::always_inline]] inline Codes load_ahead(const uint8_t* from, Prefetch ahead) {
  if constexpr (kAhead) prefetch_ahead(from, ahead);
  return load_codes(from);
}
template <class Number>
[[gnu::always_inline]] inline Pairs load_pairs_ahead(const Number* from, Prefetch ahead) {
  prefetch_ahead(from, ahead);
  return load_pairs(from);
}

/// Code kQuad of quads that share bytes two by two: 2i in the low nibbles, 2i + 1 in the high ones.
template <int kQuad>
[[gnu::always_inline]] inline Codes nibbles(const uint8_t (*quads)[64]) {
  return bits<4 * (kQuad % 2), 4>(load_codes(quads[kQuad / 2]));
}
template <int kQuad>
[[gnu::always_inline]] inline Codes nibbles(const uint8_t (*quads)[64], Prefetch ahead) {
  if constexpr (kQuad % 2 == 0) prefetch_ahead(quads[kQuad / 2], ahead);
  return nibbles<kQuad>(quads);
}

/// A scale of 1.
struct Unscaled {};
inline U16 add_scaled(U16 total, QuadSum sum, Unscaled) { return total + wide(sum); }

/// total += scale * sum of codes_of<quad>() * activations from `column` on; no code is above kLargest.
template <int kTokens, int kQuads, int kLargest, class AnyScale, class CodesOf>
[[gnu::always_inline]] inline void add_group(AnyScale scale, const QuantRow* x, int64_t column, U16* total,
                                             CodesOf codes_of) {
  constexpr bool kSmall = 4 * 4 * kLargest * 127 < 1 << 15 && requires {
    add_small(*total, no_quads(), scale);
  };
  constexpr int kExact = kSmall ? 4 : exact_quads(kLargest), kAtOnce = kExact < kQuads ? kExact : kQuads;
  QuadSum sum[kTokens];
  unrolled<kQuads>([&]<int kQuad>() __attribute__((always_inline)) {
    if constexpr (kQuad % kAtOnce == 0) {
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t) sum[t] = no_quads();
    }
    const Codes codes = codes_of.template operator()<kQuad>();
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t)
      sum[t] = add_quad(sum[t], codes, quad_at(x[t].codes + column + 4 * kQuad));
    if constexpr (kQuad % kAtOnce == kAtOnce - 1 || kQuad == kQuads - 1) {
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t) {
        if constexpr (kSmall) total[t] = add_small(total[t], sum[t], scale);
        else total[t] = add_scaled(total[t], sum[t], scale);
      }
    }
  });
}

template <int kTokens>
[[gnu::always_inline]] inline void clear(U16* total) {
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) total[t] = U16(0u);
}

}  // namespace
}  // namespace tug
#endif
