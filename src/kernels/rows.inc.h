// Work on single rows: norms, softmax, gates, and the recurrent block's small pieces. Included by each
// instruction set after its vector.h.
#pragma once

#include "kernels/kernels.h"

namespace tug {
namespace {

/// Calls lanes(first, count): whole vectors, then the rest.
template <class Lanes>
void for_each_vector(int64_t n, Lanes lanes) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    lanes(
        i, [](const float* from) { return load(from); }, [](V16 v, float* to) { store(v, to); });
  if (const int64_t rest = n - i; rest > 0) {
    lanes(
        i, [=](const float* from) { return load(from, rest); },
        [=](V16 v, float* to) { store(v, to, rest); });
  }
}

float dot(const float* a, const float* b, int64_t n) {
  V16 sum(0.0f);
  for_each_vector(n, [&](int64_t i, auto get, auto) { sum = fused(get(a + i), get(b + i), sum); });
  return sum_of(sum);
}

void add_scaled(float factor, const float* y, int64_t n, float* x) {
  for_each_vector(
      n, [&](int64_t i, auto get, auto put) { put(fused(V16(factor), get(y + i), get(x + i)), x + i); });
}

void multiply(const float* a, const float* b, int64_t n, float* y) {
  for_each_vector(n, [&](int64_t i, auto get, auto put) { put(get(a + i) * get(b + i), y + i); });
}

void scale(float factor, int64_t n, float* x) {
  for_each_vector(n, [&](int64_t i, auto get, auto put) { put(get(x + i) * V16(factor), x + i); });
}

void exp(int64_t n, float* x) {
  for_each_vector(n, [&](int64_t i, auto get, auto put) { put(exp_lanes(get(x + i)), x + i); });
}

void apply_gate(GateKind kind, const float* x, const float* gate, int64_t n, float* y) {
  for_each_vector(n, [&](int64_t i, auto get, auto put) {
    const V16 g = get(gate + i);
    put(get(x + i) * (kind == GateKind::kSilu ? silu_lanes(g) : sigmoid_lanes(g)), y + i);
  });
}

void rms_norm(const float* x, const float* weight, float offset, float eps, int64_t n, float* y) {
  const float mean = dot(x, x, n) / static_cast<float>(n);
  const float lost = mean - mean;  // NaN when the squares have overflowed, which would make all of y 0
  const V16 factor(1.0f / __builtin_sqrtf(mean + eps + lost));
  for_each_vector(n, [&](int64_t i, auto get, auto put) {
    put(get(x + i) * factor * (get(weight + i) + V16(offset)), y + i);
  });
}

SoftmaxSum softmax(int64_t n, float* x) {
  float top[kLanes];
  for (float& lane : top) lane = -kInfinity;
  V16 lanes = load(top);
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) lanes = select(lanes < load(x + i), load(x + i), lanes);
  store(lanes, top);
  for (; i < n; ++i) top[i % kLanes] = top[i % kLanes] < x[i] ? x[i] : top[i % kLanes];
  float max = top[0];
  for (const float lane : top) max = max < lane ? lane : max;

  V16 sum(0.0f);
  for (i = 0; i + kLanes <= n; i += kLanes) {
    const V16 e = exp_lanes(load(x + i) - V16(max));
    store(e, x + i);
    sum = sum + e;
  }
  if (const int64_t rest = n - i; rest > 0) {
    store(exp_lanes(load(x + i, rest) - V16(max)), x + i, rest);
    sum = sum + load(x + i, rest);
  }
  return {max, sum_of(sum)};
}

void convolve(const float* const* inputs, const float* const* weights, int64_t taps, int64_t n, float* y) {
  for_each_vector(n, [&](int64_t i, auto get, auto put) {
    V16 sum(0.0f);
    for (int64_t j = 0; j < taps; ++j) sum = fused(get(inputs[j] + i), get(weights[j] + i), sum);
    put(silu_lanes(sum), y + i);
  });
}

/// The state's rows [key, key + kKeys).
template <int kKeys>
void update_keys(float decay, const float* factors, const float* const* k, const float* const* u,
                 int64_t count, int64_t key, const float* state, float* to) {
  V16 sum[kKeys];
#pragma GCC unroll 4
  for (int i = 0; i < kKeys; ++i) sum[i] = load(state + (key + i) * kLanes) * V16(decay);
  for (int64_t s = 0; s < count; ++s) {
    const V16 delta = load(u[s]);
#pragma GCC unroll 4
    for (int i = 0; i < kKeys; ++i) sum[i] = fused(V16(factors[s] * k[s][key + i]), delta, sum[i]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < kKeys; ++i) store(sum[i], to + (key + i) * kLanes);
}

void update_state(float decay, const float* factors, const float* const* k, const float* const* u,
                  int64_t count, int64_t keys, const float* state, float* to) {
  int64_t key = 0;
  for (; key + 4 <= keys; key += 4) update_keys<4>(decay, factors, k, u, count, key, state, to);
  for (; key < keys; ++key) update_keys<1>(decay, factors, k, u, count, key, state, to);
}

/// Of a product with a float panel.
void fold(const float* sums, int64_t count, int64_t stride, float* y) {
  for (int64_t t = 0; t < count; ++t, sums += kFloatSums, y += stride) {
    store((load(sums) + load(sums + 16)) + (load(sums + 32) + load(sums + 48)), y);
  }
}

// Activations as codes.

/// Codes of 32 numbers and their sums.
inline void quantise_32(const float* x, float inverse, int8_t* codes, int16_t* sum, int16_t* half_sums) {
  constexpr float kToInteger = 0x1.8p23f;  // a sum this large has no fraction: its low bits are the integer
  int32_t total = 0;
  for (int half = 0; half < 2; ++half) {
    const V16 shifted = load(x + 16 * half) * V16(inverse) + V16(kToInteger);
    const U16 code = bits_of(shifted) - bits_of(V16(kToInteger));
    store_bytes(code, codes + 16 * half);
    const int32_t half_sum = sum_of(code);
    half_sums[half] = static_cast<int16_t>(half_sum);
    total += half_sum;
  }
  *sum = static_cast<int16_t>(total);
}

void quantise(const float* x, int64_t k, int64_t group, const QuantRowOut& to) {
  constexpr uint32_t kInfinityBits = 0x7f800000;
  for (int64_t first = 0; first < k; first += group) {
    U16 top(0u);
    for (int64_t i = first; i < first + group; i += 16) top = max(top, magnitude_bits(load(x + i)));
    const uint32_t bits = max_of(top);
    const float largest = __builtin_bit_cast(float, bits);
    const bool usable = bits < kInfinityBits && largest > 0x1p-100f;  // below, 127 / largest leaves the range
    to.scales[first / group] = bits < kInfinityBits ? usable ? largest / 127.0f : 0.0f : __builtin_nanf("");
    const float inverse = 127.0f / largest;
    for (int64_t i = first; i < first + group; i += 32) {
      if (usable) {
        quantise_32(x + i, inverse, to.codes + i, to.sums + i / 32, to.half_sums + i / 16);
      } else {
        memset(to.codes + i, 0, 32);
        to.sums[i / 32] = to.half_sums[i / 16] = to.half_sums[i / 16 + 1] = 0;
      }
    }
  }
}

}  // namespace
}  // namespace tug
