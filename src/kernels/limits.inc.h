// Loops that do nothing but what a machine can do best: what products are measured against.
#pragma once

#include "kernels/kernels.h"

namespace tug {
namespace {

/// Independent sums: enough to hide the latency of an instruction, and no more than there are registers for.
constexpr int kChains = kFloatSumsAtOnce < 16 ? 6 : 12;

/// Reads whole lines; the sum only keeps the reads from being left out.
int32_t read_lines(const void* from, int64_t bytes) {
  const auto* lines = static_cast<const uint8_t*>(from);
  const Prefetch ahead = prefetch_distances();
  QuadSum sums[4] = {no_quads(), no_quads(), no_quads(), no_quads()};
  for (int64_t at = 0; at + 256 <= bytes; at += 256) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      prefetch_ahead(lines + at + 64 * i, ahead);
      sums[i] = add_quad(sums[i], load_codes(lines + at + 64 * i), 0x01010101);
    }
  }
  return sum_of(wide(sums[0]) + wide(sums[1]) + wide(sums[2]) + wide(sums[3]));
}

int64_t multiply_codes(int64_t rounds) {
  uint8_t codes[2][64] = {{1, 2, 3}, {4, 5, 6}};
  int8_t activations[4 * kChains + 4] = {1, -2, 3};
  QuadSum sums[kChains];
#pragma GCC unroll 12
  for (int i = 0; i < kChains; ++i) sums[i] = no_quads();
  for (int64_t round = 0; round < rounds; ++round) {
    const Codes weights = load_codes(codes[round % 2]);
    const int8_t* quads = activations + round % 2 * 4;
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sums[i] = add_quad(sums[i], weights, quad_at(quads + 4 * i));
  }
  U16 total(0u);
#pragma GCC unroll 12
  for (int i = 0; i < kChains; ++i) total = total + wide(sums[i]);
  volatile int32_t sink = sum_of(total);
  (void)sink;
  return rounds * kChains * 64;
}

int64_t multiply_floats(int64_t rounds) {
  V16 sums[kChains];
  float starts[16 * kChains];  // equal sums would become one
  for (int i = 0; i < 16 * kChains; ++i) starts[i] = static_cast<float>(i);
#pragma GCC unroll 12
  for (int i = 0; i < kChains; ++i) sums[i] = load(starts + 16 * i);
  const V16 x(1.5f), y(0x1p-30f);
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sums[i] = fused(x, y, sums[i]);
  }
  V16 total(0.0f);
#pragma GCC unroll 12
  for (int i = 0; i < kChains; ++i) total = total + sums[i];
  volatile float sink = sum_of(total);
  (void)sink;
  return rounds * kChains * 16;
}

}  // namespace
}  // namespace tug
