// Products of a panel with one or more rows of activations. Included by each instruction set after its
// vector.h.
//
// A lane is an output row. What a lane adds up, and in which order, follows from the columns alone, so a
// token gets the same bits alone and in a tile.
#pragma once

#include "kernels/kernels.h"
#include "kernels/packed.h"

namespace tug {
namespace {

template <int kCount>
struct Tokens {
  static constexpr int kTokens = kCount;
};

template <int kLeft, class Tile>
void last_tile(int64_t first, int64_t count, Tile tile) {
  if constexpr (kLeft > 0) {
    if (count == kLeft) return tile(first, Tokens<kLeft>());
    last_tile<kLeft - 1>(first, count, tile);
  }
}

/// Calls tile(first token, Tokens<n>()) for tiles of up to kTile tokens.
template <class Tile>
void for_each_tile(int64_t count, Tile tile) {
  int64_t first = 0;
  for (; first + kTile <= count; first += kTile) tile(first, Tokens<kTile>());
  last_tile<kTile - 1>(first, count - first, tile);
}

/// The hardware's prefetcher loses the pattern of a panel: 7 KB ahead measured best (kernel notes).
constexpr int64_t kPrefetchDistance = 7168;

inline void prefetch_ahead(const void* from, int64_t bytes) {
  const auto* ahead = static_cast<const char*>(from) + kPrefetchDistance;
  for (int64_t i = 0; i < bytes; i += 64) prefetch(ahead + i);
}

// Float panels.

struct PanelF32 {
  static constexpr int64_t kRowBytes = 64;
  static V16 load_row(const std::byte* from) { return load(reinterpret_cast<const float*>(from)); }
};
struct PanelF16 {
  static constexpr int64_t kRowBytes = 32;
  static V16 load_row(const std::byte* from) { return load_f16(from); }
};
struct PanelBF16 {
  static constexpr int64_t kRowBytes = 32;
  static V16 load_row(const std::byte* from) { return load_bf16(from); }
};

/// Adds the columns k with k mod 4 in [kFirst, kFirst + kClasses) to their sums.
template <class Panel, int kTokens, int kFirst, int kClasses>
[[gnu::always_inline]] inline void add_columns(const std::byte* panel, int64_t columns, const float* const* x,
                                               float* sums) {
  V16 sum[kTokens][kClasses];
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) {
#pragma GCC unroll 4
    for (int c = 0; c < kClasses; ++c) sum[t][c] = load(sums + t * kFloatSums + (kFirst + c) * kLanes);
  }
  const auto add = [&](int64_t k, int c) __attribute__((always_inline)) {
    const V16 weights = Panel::load_row(panel + k * Panel::kRowBytes);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) sum[t][c] = fused(weights, V16(x[t][k]), sum[t][c]);
  };
  int64_t k = 0;
  for (; k + 4 <= columns; k += 4) {
    if constexpr (kTokens == 1) prefetch_ahead(panel + k * Panel::kRowBytes, 4 * Panel::kRowBytes);
#pragma GCC unroll 4
    for (int c = 0; c < kClasses; ++c) add(k + kFirst + c, c);
  }
#pragma GCC unroll 4
  for (int c = 0; c < kClasses; ++c) {
    if (k + kFirst + c < columns) add(k + kFirst + c, c);
  }
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) {
#pragma GCC unroll 4
    for (int c = 0; c < kClasses; ++c) store(sum[t][c], sums + t * kFloatSums + (kFirst + c) * kLanes);
  }
}

/// Enough independent sums to hide the latency of an addition, as many as there are registers for.
constexpr int classes_for(int tokens) {
  return 4 * tokens <= kFloatSumsAtOnce ? 4 : 2 * tokens <= kFloatSumsAtOnce ? 2 : 1;
}

template <class Panel>
void dot_float(const std::byte* panel, int64_t k, const float* const* x, int64_t count, float* sums) {
  for_each_tile(count, [&](int64_t first, auto tokens) {
    constexpr int kTokens = decltype(tokens)::kTokens, kClasses = classes_for(kTokens);
    const float* const* rows = x + first;
    float* to = sums + first * kFloatSums;
    add_columns<Panel, kTokens, 0, kClasses>(panel, k, rows, to);
    if constexpr (kClasses <= 2) add_columns<Panel, kTokens, kClasses, kClasses>(panel, k, rows, to);
    if constexpr (kClasses == 1) {
      add_columns<Panel, kTokens, 2, 1>(panel, k, rows, to);
      add_columns<Panel, kTokens, 3, 1>(panel, k, rows, to);
    }
  });
}

void dot_f32(const float* panel, int64_t k, const float* const* x, int64_t count, float* sums) {
  dot_float<PanelF32>(reinterpret_cast<const std::byte*>(panel), k, x, count, sums);
}
void dot_f16(const std::byte* panel, int64_t k, const float* const* x, int64_t count, float* sums) {
  dot_float<PanelF16>(panel, k, x, count, sums);
}
void dot_bf16(const std::byte* panel, int64_t k, const float* const* x, int64_t count, float* sums) {
  dot_float<PanelBF16>(panel, k, x, count, sums);
}

void fold(const float* sums, int64_t count, float* y) {
  for (int64_t t = 0; t < count; ++t, sums += kFloatSums, y += kLanes) {
    store((load(sums) + load(sums + 16)) + (load(sums + 32) + load(sums + 48)), y);
  }
}

// Panels of codes: integer sums inside a block are exact, blocks add up in column order.

inline uint32_t quad_at(const void* from) {  // 4 codes, or 2 sums
  uint32_t quad;
  memcpy(&quad, from, sizeof(quad));
  return quad;
}

template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelQ8_0& panel, int64_t block, const QuantRow* x,
                                             V16* y) {
  U16 total[kTokens];
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) total[t] = begin_signed(x[t].sums[block]);
#pragma GCC unroll 8
  for (int q = 0; q < 8; ++q) {
    const SignedCodes codes = load_signed_codes(panel.quads[q]);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      total[t] = add_signed_quad(total[t], codes, quad_at(x[t].codes + 32 * block + 4 * q));
    }
  }
  const V16 scale = load_f16(panel.scales);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) y[t] = fused(scale * V16(x[t].scales[block]), float_of(total[t]), y[t]);
}

/// Sums of one group of 32 columns: at most 8 * (15 * 127 * 2) = 30,480 in 16 bits.
template <int kTokens>
[[gnu::always_inline]] inline void add_group(const uint8_t (&quads)[4][64], Scale scale, const QuantRow* x,
                                             int64_t column, U16* total) {
  QuadSum sum[kTokens];
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) sum[t] = no_quads();
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const Codes both = load_codes(quads[i]);
    const Codes even = low_nibbles(both), odd = high_nibbles(both);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      const int8_t* a = x[t].codes + column + 8 * i;
      sum[t] = add_quad(add_quad(sum[t], even, quad_at(a)), odd, quad_at(a + 4));
    }
  }
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) total[t] = add_scaled(total[t], sum[t], scale);
}

template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelQ4_K& panel, int64_t block, const QuantRow* x,
                                             V16* y) {
  U16 total[kTokens], minima[kTokens];
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) total[t] = minima[t] = U16(0u);
  for (int pair = 0; pair < 4; ++pair) {
    const Pairs scales = load_pairs(panel.group_scales[pair]);
    const int64_t column = 256 * block + 64 * pair;
    add_group<kTokens>(panel.quads[2 * pair], first_of(scales), x, column, total);
    add_group<kTokens>(panel.quads[2 * pair + 1], second_of(scales), x, column + 32, total);
    const Pairs group_minima = load_pairs(panel.group_minima[pair]);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      minima[t] = add_pairs(minima[t], group_minima, quad_at(x[t].sums + 8 * block + 2 * pair));
    }
  }
  const V16 scale = load_f16(panel.scales), minimum = load_f16(panel.minima);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) {
    const float activation_scale = x[t].scales[block];
    y[t] = fused(scale * V16(activation_scale), float_of(total[t]), y[t]);
    y[t] = fused(minimum * V16(-activation_scale), float_of(minima[t]), y[t]);
  }
}

template <int kTokens, int kQuad>
[[gnu::always_inline]] inline void add_six_bit_quad(Codes nibbles, Codes high, const QuantRow* x,
                                                    int64_t column, QuadSum* sum) {
  const Codes codes = six_bits<kQuad>(nibbles, high);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t)
    sum[t] = add_quad(sum[t], codes, quad_at(x[t].codes + column + 4 * kQuad));
}

template <int kTokens>
[[gnu::always_inline]] inline void add_group(const PanelQ6_K::Group& group, Scale scale, const QuantRow* x,
                                             int64_t column, U16* total) {
  const Codes high = load_codes(group.high);
  QuadSum sum[kTokens];
  const auto begin = [&]() __attribute__((always_inline)) {
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) sum[t] = no_quads();
  };
  const auto end = [&]() __attribute__((always_inline)) {
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) total[t] = add_scaled(total[t], sum[t], scale);
  };
  begin();
  const Codes first = load_codes(group.low[0]);
  add_six_bit_quad<kTokens, 0>(low_nibbles(first), high, x, column, sum);
  add_six_bit_quad<kTokens, 1>(high_nibbles(first), high, x, column, sum);
  if constexpr (kExactSixBitQuads < 4) end(), begin();
  const Codes second = load_codes(group.low[1]);
  add_six_bit_quad<kTokens, 2>(low_nibbles(second), high, x, column, sum);
  add_six_bit_quad<kTokens, 3>(high_nibbles(second), high, x, column, sum);
  end();
}

template <int kTokens>
[[gnu::always_inline]] inline void add_block(const PanelQ6_K& panel, int64_t block, const QuantRow* x,
                                             V16* y) {
  U16 total[kTokens], offset[kTokens];
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) total[t] = offset[t] = U16(0u);
  for (int pair = 0; pair < 8; ++pair) {
    const Pairs scales = load_pairs(panel.group_scales[pair]);
    const int64_t column = 256 * block + 32 * pair;
    add_group<kTokens>(panel.groups[2 * pair], first_of(scales), x, column, total);
    add_group<kTokens>(panel.groups[2 * pair + 1], second_of(scales), x, column + 16, total);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      offset[t] = add_pairs(offset[t], scales, quad_at(x[t].half_sums + 16 * block + 2 * pair));
    }
  }
  const V16 scale = load_f16(panel.scales);
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) {  // a code c stands for c - 32
    y[t] = fused(scale * V16(x[t].scales[block]), float_of(total[t] - (offset[t] << 5)), y[t]);
  }
}

template <class Panel>
void dot_codes(const std::byte* panel, int64_t k, const QuantRow* x, int64_t count, float* y) {
  const auto* blocks = reinterpret_cast<const Panel*>(panel);
  for_each_tile(count, [&](int64_t first, auto tokens) {
    constexpr int kTokens = decltype(tokens)::kTokens;
    V16 sum[kTokens];
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) sum[t] = V16(0.0f);
    for (int64_t b = 0; b < k / Panel::kColumns; ++b) {
      if (first == 0) prefetch_ahead(blocks + b, sizeof(Panel));
      add_block<kTokens>(blocks[b], b, x + first, sum);
    }
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) store(sum[t], y + (first + t) * kLanes);
  });
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
