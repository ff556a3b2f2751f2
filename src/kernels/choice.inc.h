// Passes over many numbers, of which some are to be chosen: a vocabulary's logits. Included by each
// instruction set after its vector.h.
#pragma once

#include "kernels/kernels.h"

namespace tug {
namespace {

Peak peak(const float* x, int64_t n) {
  V16 top(-kInfinity);
  U16 magnitude(0u);
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const V16 v = load(x + i);
    top = select(top < v, v, top);
    magnitude = max(magnitude, magnitude_bits(v));
  }
  float lanes[kLanes];
  store(top, lanes);
  Peak result = {-kInfinity, 0};
  for (const float lane : lanes) result.max = result.max < lane ? lane : result.max;
  uint32_t bits = max_of(magnitude);
  for (; i < n; ++i) {
    result.max = result.max < x[i] ? x[i] : result.max;
    const uint32_t own = __builtin_bit_cast(uint32_t, x[i]) & 0x7fffffff;
    bits = bits < own ? own : bits;
  }
  result.magnitude = __builtin_bit_cast(float, bits);
  return result;
}

/// y[i] = lane(i) for every i; returns their sum.
template <class Lane>
float put_and_sum(int64_t n, float* y, Lane lane) {
  V16 sum(0.0f);
  for_each_vector(n, [&](int64_t i, auto get, auto put) {
    put(lane(i, get), y + i);
    sum = sum + get(y + i);
  });
  return sum_of(sum);
}

float exp_sum(const float* x, int64_t n, float shift, float factor, float* y) {
  return put_and_sum(n, y,
                     [&](int64_t i, auto get) { return exp_lanes((get(x + i) - V16(shift)) * V16(factor)); });
}

/// e^(x[i] - shift) of 8 numbers within 1e-11: the Taylor series to the ninth power, |r| <= ln 2 / 2.
inline D8 precise_exps(const float* x, double shift) {
  const D8 to_integer(0x1.8p52);  // a sum this large has no fraction: its low bits are the integer
  const D8 v = larger(doubles_of(x) - D8(shift), D8(-700.0));
  const D8 shifted = fused(v, D8(0x1.71547652b82fep+0), to_integer);
  const D8 r = fused(shifted - to_integer, D8(-0x1.62e42fefa39efp-1), v);
  constexpr double kSeries[] = {1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24,
                                1.0 / 6,     1.0 / 2,    1.0,       1.0};
  D8 p(1.0 / 362880);
#pragma GCC unroll 9
  for (const double coefficient : kSeries) p = fused(p, r, D8(coefficient));
  return scaled(p, shifted);
}

double precise_exp_sum(const float* x, int64_t n, double shift) {
  D8 sums(0.0);
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) sums = sums + precise_exps(x + i, shift);
  float rest[8];
  for (float& lane : rest) lane = i < n ? x[i++] : -kInfinity;
  double lanes[8], sum = 0;
  store(sums + precise_exps(rest, shift), lanes);
  for (const double lane : lanes) sum += lane;
  return sum;
}

float keep_from(const float* x, float low, int64_t n, float* y) {
  return put_and_sum(
      n, y, [&](int64_t i, auto get) { return select(get(x + i) < V16(low), V16(0.0f), get(y + i)); });
}

Split split(const float* x, const float* y, int64_t n, float low, float high, int32_t first,
            int32_t* indices) {
  V16 above(0.0f), between(0.0f);
  int64_t found = 0;
  for (int64_t i = 0; i < n; i += kLanes) {
    const int64_t count = n - i < kLanes ? n - i : kLanes;
    const V16 v = count == kLanes ? load(x + i) : load(x + i, count);
    const V16 weight = count == kLanes ? load(y + i) : load(y + i, count);
    const M16 beyond = V16(high) < v, below = v < V16(low);
    above = above + select(beyond, weight, V16(0.0f));
    between = between + select(beyond, V16(0.0f), select(below, V16(0.0f), weight));
    const uint32_t inside = ~(lanes_of(below) | lanes_of(beyond)) & ((1u << count) - 1);
    if (indices != nullptr) put_lanes(inside, first + static_cast<int32_t>(i), indices + found);
    found += __builtin_popcount(inside);
  }
  return {sum_of(above), sum_of(between), found};
}

}  // namespace
}  // namespace tug
