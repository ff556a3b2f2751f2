// exp, log and friends, written once over "lanes": a float, or the sixteen floats of an instruction set. Only
// operations that IEEE 754 rounds in one way are used, so a float and a lane of any vector get the same bits.
//
// V needs + - * /, <, and fused(a, b, c) = a*b+c rounded once; select(a < b, yes, no); bits_of(V) -> unsigned
// lanes U with + - << >>; float_of_bits(U); float_of(U) for small integers. Constants are made with V(float),
// U(uint32).
#pragma once

#include <cstdint>

namespace tug {

inline float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline float select(bool condition, float yes, float no) { return condition ? yes : no; }
inline uint32_t bits_of(float value) { return __builtin_bit_cast(uint32_t, value); }
inline float float_of_bits(uint32_t bits) { return __builtin_bit_cast(float, bits); }
inline float float_of(uint32_t small) { return static_cast<float>(static_cast<int32_t>(small)); }

template <class V>
struct LaneBits {
  using U = decltype(bits_of(V(0.0f)));
};

inline constexpr float kInfinity = __builtin_huge_valf();

/// e^x within 1 ulp, subnormal results included.
template <class V>
[[gnu::always_inline]] inline V exp_lanes(V x) {
  using U = typename LaneBits<V>::U;
  constexpr float kToInteger = 0x1.8p23f;  // a sum this large has no fraction: its low bits are the integer
  const V low(-104.0f), high(89.0f);       // beyond: 0 and infinity
  const V bounded = select(x < low, low, select(high < x, high, x));
  const V shifted = fused(bounded, V(0x1.715476p+0f), V(kToInteger));
  const V n = shifted - V(kToInteger);
  V r = fused(n, V(-0x1.62e400p-1f), bounded);  // ln 2 in two parts, n times the first is exact
  r = fused(n, V(-0x1.7f7d1cp-20f), r);
  V p(1.0f / 5040);
  p = fused(p, r, V(1.0f / 720));
  p = fused(p, r, V(1.0f / 120));
  p = fused(p, r, V(1.0f / 24));
  p = fused(p, r, V(1.0f / 6));
  p = fused(p, r, V(0.5f));
  p = fused(p, r * r, r) + V(1.0f);
  // 2^n as a product of two powers, so that neither leaves the range of normal numbers.
  const U biased = bits_of(shifted) - U(__builtin_bit_cast(uint32_t, kToInteger) - 2 * 127);
  const U half = biased >> 1;
  return p * float_of_bits(half << 23) * float_of_bits((biased - half) << 23);
}

/// Natural logarithm within 1 ulp; -infinity at 0, NaN below.
template <class V>
V log_lanes(V x) {
  using U = typename LaneBits<V>::U;
  const auto tiny = x < V(0x1p-126f);
  const U bits = bits_of(select(tiny, x * V(0x1p25f), x));
  // x = 2^k * m with m in [sqrt(1/2), sqrt(2)).
  const U k = (bits - U(0x3f3504f3) + U(128u << 23)) >> 23;
  const V f = float_of_bits(bits - ((k - U(128)) << 23)) - V(1.0f);
  const V e = float_of(k) - select(tiny, V(128.0f + 25.0f), V(128.0f));
  // log(1+f) = f - f^2/2 + s*(f^2/2 + R(s^2)), s = f/(2+f), 2*atanh(s) = 2s + s*R.
  const V s = f / (f + V(2.0f));
  const V z = s * s;
  V series(2.0f / 9);
  series = fused(series, z, V(2.0f / 7));
  series = fused(series, z, V(2.0f / 5));
  series = fused(series, z, V(2.0f / 3)) * z;
  const V half_square = V(0.5f) * f * f;
  const V correction = fused(s, half_square + series, e * V(0x1.7f7d1cp-20f));
  const V result = fused(e, V(0x1.62e400p-1f), f - (half_square - correction));
  const V special = select(x < V(0.0f), V(__builtin_bit_cast(float, 0x7fc00000u)),
                           select(V(0.0f) < x, x, x - V(kInfinity)));
  return select(V(0.0f) < x, select(x < V(kInfinity), result, x), special);
}

/// 1 / (1 + e^-x)
template <class V>
V sigmoid_lanes(V x) {
  return V(1.0f) / (V(1.0f) + exp_lanes(V(0.0f) - x));
}

/// x * sigmoid(x)
template <class V>
V silu_lanes(V x) {
  return x / (V(1.0f) + exp_lanes(V(0.0f) - x));
}

/// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
template <class V>
V softplus_lanes(V x) {
  const V t = exp_lanes(select(x < V(0.0f), x, V(0.0f) - x));
  const V u = V(1.0f) + t;
  return select(V(0.0f) < x, x, V(0.0f)) + (log_lanes(u) + (t - (u - V(1.0f))) / u);
}

}  // namespace tug
