// The table of AVX-512 with products of codes by AMX's tiles where there are enough tokens: an override, the
// rest stays as it is. Only C headers and our own lane code: an inline function of the standard library
// compiled here could replace the one that every CPU runs.
//
// Columns are worked through in strips, each for all panels of a call, so that the tokens' codes of a strip
// stay in the first-level cache. Where blocks have a float scale a tile multiplies one block's codes with 16
// tokens. Where groups have integer scales these are multiplied into the codes; such a weight is high and
// low digit, two planes of bytes whose tiles add up over the whole strip. Sums are exact integers, as
// everywhere.
#include "kernels/kernels.h"

#ifdef __AMX_INT8__

#include "kernels/amx/tiles.h"

namespace tug {
namespace {

constexpr int64_t kStrip = 256;  // columns
constexpr int kTileTokens = 16, kTileQuads = 16;
constexpr int64_t kMostTokens = 64, kMostPanels = 8;  // of a strip
constexpr int64_t kChunk = 2 * kTileTokens;           // tokens whose sums are kept until they are added up
constexpr int64_t kLeastTokens = 5;                   // for fewer, a tile is slower than vectors

/// What ldtilecfg reads.
struct TileShapes {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {};  // of a row
  uint8_t rows[16] = {};
};
static_assert(sizeof(TileShapes) == 64);

/// Tiles of sums, of tokens and of weights; the odd ones of blocks are for the last `rest` tokens.
template <class Panel>
void shape_tiles(int rest) {
  TileShapes shapes;
  const auto set = [&](int tile, int rows, int bytes) {
    shapes.rows[tile] = static_cast<uint8_t>(rows), shapes.bytes[tile] = static_cast<uint16_t>(bytes);
  };
  const int quads = OfGroups<Panel> ? kTileQuads : kQuads<Panel>;
  const int tokens[] = {kTileTokens, OfGroups<Panel> ? kTileTokens : rest};
  for (int tile = 0; tile < 4; ++tile) set(tile, tokens[tile % 2], 64);
  for (int tile = 4; tile < 6; ++tile) set(tile, tokens[tile % 2], 4 * quads);
  for (int tile = 6; tile < 8; ++tile) set(tile, quads, 64);
  asm volatile("" : : "r"(&shapes) : "memory");  // g++ 12 believes that this reads a pointer
  _tile_loadconfig(&shapes);
}

/// Some columns of some tokens.
struct Strip {
  alignas(64) int8_t codes[kMostTokens][kStrip];
  float scales[kMostTokens][kStrip / 32];  // one of 256 columns, or one of each 32
  int16_t sums[kMostTokens][kStrip / 32];
};

/// `groups` of 32 columns.
template <bool kOneScale>
void gather(const QuantRow* x, int64_t count, int64_t column, int64_t groups, Strip* to) {
  for (int64_t t = 0; t < count; ++t) {
    for (int64_t g = 0; g < groups; ++g)
      _mm256_store_si256(reinterpret_cast<__m256i*>(to->codes[t] + 32 * g),
                         load_256(x[t].codes + column + 32 * g));
    if constexpr (kOneScale) {
      memcpy(to->sums[t], x[t].sums + column / 32, sizeof(to->sums[t]));
      to->scales[t][0] = x[t].scales[column / kStrip];
    } else {
      for (int64_t g = 0; g < groups; ++g) to->scales[t][g] = x[t].scales[column / 32 + g];
    }
  }
}

/// Lines that are asked for a few at a time: a burst stalls the loads behind it. They go to the second-level
/// cache, since the first one has to hold a strip for all panels.
struct Lines {
  const char *at, *end;
  template <int kCount>
  void prefetch_some() {
    for (int i = 0; i < kCount && at < end; ++i, at += 64) _mm_prefetch(at, _MM_HINT_T1);
  }
};
template <class Panel>
constexpr int kLinesOfGroup = 4 * kQuads<Panel> * sizeof(Panel) / Panel::kColumns / 64 + 1;

/// A strip of a panel.
template <class Panel>
struct Weights {
  static constexpr int kGroups = kStrip / 4 / kQuads<Panel>;
  alignas(64) uint8_t quads[kGroups][kQuads<Panel>][64];
  alignas(64) float factors[kGroups][kLanes];
  int groups;  // in use
};
template <OfGroups Panel>
struct Weights<Panel> {
  static constexpr int kGroups = kStrip / 4 / kQuads<Panel>;
  alignas(64) uint8_t low[kGroups][kQuads<Panel>][64], high[kGroups][kQuads<Panel>][64];
};

/// Sums of products with the tokens of a chunk: of a group, or of a plane.
struct TileSums {
  alignas(64) int32_t of[kChunk][kLanes];
};

/// The scale of a group, [16 rows][2], and its products with codes as two planes of bytes.
template <class Panel>
struct Splitter;

/// Small codes meet the scale's upper and lower three bits: no product is larger than a byte, so a
/// multiplication of 16 bits makes two. Products are 8 * high + low.
template <HasMinima Panel>
struct Splitter<Panel> {
  explicit Splitter(__m512i scale)
      : lower(_mm512_and_si512(scale, _mm512_set1_epi16(7))), upper(_mm512_srli_epi16(scale, 3)) {}
  template <int kQuad>
  [[gnu::always_inline]] void split(const Panel& panel, int group, uint8_t* low, uint8_t* high) const {
    const Codes codes = small_quad<kQuad>(panel.groups[group]);
    _mm512_store_si512(low, _mm512_mullo_epi16(codes.all, lower));
    _mm512_store_si512(high, _mm512_mullo_epi16(codes.all, upper));
  }
  static U16 join(U16 low, U16 high) { return (high << 3) + low; }
  __m512i lower, upper;
};

/// Twice the products are 256 * high + low: even codes and odd ones, which share 16 bits, are multiplied one
/// after the other.
template <HasOffset Panel>
struct Splitter<Panel> {
  explicit Splitter(__m512i scale)
      : even(_mm512_and_si512(times<Twice<Panel>::kScale>(scale), _mm512_set1_epi16(0xff))),
        odd(_mm512_slli_epi16(times<Twice<Panel>::kScale>(scale), 8)),
        offset(times<-Twice<Panel>::kOffset>(scale)) {}
  template <int kQuad>
  [[gnu::always_inline]] void split(const Panel& panel, int group, uint8_t* low, uint8_t* high) const {
    const __m512i codes = offset_quad<kQuad>(panel, group).all, lower_byte = _mm512_set1_epi16(0xff);
    const __m512i evens = _mm512_add_epi16(_mm512_maddubs_epi16(codes, even), offset);
    const __m512i odds = _mm512_add_epi16(_mm512_maddubs_epi16(codes, odd), offset);
    constexpr int kSelect = 0xca;  // bit by bit, the second where the first is set, else the third
    _mm512_store_si512(low,
                       _mm512_ternarylogic_epi32(lower_byte, evens, _mm512_slli_epi16(odds, 8), kSelect));
    _mm512_store_si512(high,
                       _mm512_ternarylogic_epi32(lower_byte, _mm512_srli_epi16(evens, 8), odds, kSelect));
  }
  static U16 join(U16 low, U16 high) { return U16(_mm512_srai_epi32(((high << 8) + low).all, 1)); }
  template <int kFactor>
  static __m512i times(__m512i scale) {
    return _mm512_mullo_epi16(scale, _mm512_set1_epi16(kFactor));
  }
  __m512i even, odd, offset;
};

template <OfGroups Panel>
void unpack(const Panel* block, int, Lines& ahead, Weights<Panel>* to) {
  for (int g = 0; g < Weights<Panel>::kGroups; ++g) {
    ahead.prefetch_some<kLinesOfGroup<Panel>>();
    const __m512i pairs = load_pairs(block->group_scales[g / 2]).all;
    const __m512i scale = g % 2 == 0
                              ? _mm512_mask_blend_epi16(0xaaaaaaaa, pairs, _mm512_slli_epi32(pairs, 16))
                              : _mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_srli_epi32(pairs, 16), pairs);
    const Splitter<Panel> splitter(scale);
    unrolled<kQuads<Panel>>([&]<int kQuad>() __attribute__((always_inline)) {
      splitter.template split<kQuad>(*block, g, to->low[g][kQuad], to->high[g][kQuad]);
    });
  }
}

template <class Panel>
void unpack(const Panel* blocks, int groups, Lines&, Weights<Panel>* to) {
  to->groups = groups;
  for (int g = 0; g < groups; ++g) {
    unrolled<kQuads<Panel>>([&]<int kQuad>() __attribute__((always_inline)) {
      _mm512_store_si512(to->quads[g][kQuad], signed_quad<kQuad>(blocks[g], g).all);
    });
    store(scale_of(blocks[g]), to->factors[g]);
  }
}

// What follows is inlined by force: g++ 12 takes the functions of two formats for one, and then leaves calls
// out.

/// Sums of the low plane and of the high one, always for whole tiles of tokens.
template <OfGroups Panel>
[[gnu::always_inline]] inline void multiply_tiles(const int8_t (*tokens)[kStrip], int64_t count,
                                                  const Weights<Panel>& weights, TileSums* sums, Lines&) {
  asm volatile("" ::: "memory");  // the intrinsics do not say that they read and write memory
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t quad = 0; quad < kStrip / 4; quad += kTileQuads) {
    _tile_loadd(6, weights.low[0][0] + 64 * quad, 64);
    _tile_loadd(7, weights.high[0][0] + 64 * quad, 64);
    _tile_loadd(4, *tokens + 4 * quad, kStrip);
    _tile_dpbsud(0, 4, 6);
    if constexpr (HasMinima<Panel>) _tile_dpbsud(1, 4, 7);  // up to 7 * 31
    else _tile_dpbssd(1, 4, 7);
    if (count <= kTileTokens) continue;
    _tile_loadd(5, tokens[kTileTokens] + 4 * quad, kStrip);
    _tile_dpbsud(2, 5, 6);
    if constexpr (HasMinima<Panel>) _tile_dpbsud(3, 5, 7);
    else _tile_dpbssd(3, 5, 7);
  }
  _tile_stored(0, sums[0].of, 64);
  _tile_stored(1, sums[1].of, 64);
  if (count > kTileTokens) {
    _tile_stored(2, sums[0].of + kTileTokens, 64);
    _tile_stored(3, sums[1].of + kTileTokens, 64);
  }
  asm volatile("" ::: "memory");
}

/// Sums of each block.
template <class Panel>
[[gnu::always_inline]] inline void multiply_tiles(const int8_t (*tokens)[kStrip], int64_t count,
                                                  const Weights<Panel>& weights, TileSums* sums,
                                                  Lines& ahead) {
  asm volatile("" ::: "memory");
  for (int g = 0; g < weights.groups; ++g) {
    const int8_t* from = *tokens + g * 4 * kQuads<Panel>;
    ahead.prefetch_some<kLinesOfGroup<Panel>>();
    _tile_loadd(6, weights.quads[g], 64);
    int64_t t = 0;
    for (; t + kTileTokens <= count; t += kTileTokens) {
      _tile_loadd(4, from + t * kStrip, kStrip);
      _tile_zero(0);
      _tile_dpbssd(0, 4, 6);
      _tile_stored(0, sums[g].of + t, 64);
    }
    if (t == count) continue;
    _tile_loadd(5, from + t * kStrip, kStrip);
    _tile_zero(1);
    _tile_dpbssd(1, 5, 6);
    _tile_stored(1, sums[g].of + t, 64);
  }
  asm volatile("" ::: "memory");
}

/// y [count, 16] += the weights' sums under the scales of block and token.
template <OfGroups Panel>
[[gnu::always_inline]] inline void add_sums(const Panel& block, const Weights<Panel>&, const TileSums* sums,
                                            const Strip& x, int64_t first, int64_t count,
                                            float (*y)[kLanes]) {
  const V16 scale = load_f16(block.scales);
  Pairs minima[4];
  V16 minimum(0.0f);
  if constexpr (HasMinima<Panel>) {
    minimum = load_f16(block.minima);
#pragma GCC unroll 4
    for (int pair = 0; pair < 4; ++pair) minima[pair] = load_pairs(block.group_minima[pair]);
  }
  for (int64_t t = 0; t < count; ++t) {
    const U16 low(_mm512_load_si512(sums[0].of[t])), high(_mm512_load_si512(sums[1].of[t]));
    const float token_scale = x.scales[first + t][0];
    V16 sum = fused(scale * V16(token_scale), float_of(Splitter<Panel>::join(low, high)), load(y[t]));
    if constexpr (HasMinima<Panel>) {
      U16 of_minima(0u);
#pragma GCC unroll 4
      for (int pair = 0; pair < 4; ++pair)
        of_minima = add_pairs(of_minima, minima[pair], quad_at(x.sums[first + t] + 2 * pair));
      sum = fused(minimum * V16(-token_scale), float_of(of_minima), sum);
    }
    store(sum, y[t]);
  }
}

template <class Panel>
[[gnu::always_inline]] inline void add_sums(const Panel&, const Weights<Panel>& weights, const TileSums* sums,
                                            const Strip& x, int64_t first, int64_t count,
                                            float (*y)[kLanes]) {
  V16 factors[Weights<Panel>::kGroups];
#pragma GCC unroll 8
  for (int g = 0; g < 8; ++g) factors[g] = load(weights.factors[g]);
  const int groups = weights.groups;
  for (int64_t t = 0; t < count; ++t) {
    V16 y_t = load(y[t]);
#pragma GCC unroll 8
    for (int g = 0; g < 8; ++g) {
      if (g == groups) break;
      const V16 sum = float_of(U16(_mm512_load_si512(sums[g].of[t])));
      y_t = fused(factors[g] * V16(x.scales[first + t][g]), sum, y_t);
    }
    store(y_t, y[t]);
  }
}

template <class Panel>
void dot_piece(const PanelRun& panels, int64_t k, const QuantRow* x, int64_t count, int64_t stride,
               float* y) {
  constexpr int64_t kBlocks = kStrip / Panel::kColumns;
  alignas(64) float totals[kMostPanels][kMostTokens][kLanes];
  for (int64_t p = 0; p < panels.count; ++p)
    memset(totals[p], 0, static_cast<size_t>(count) * sizeof(totals[p][0]));
  Strip strip;
  Weights<Panel> weights;
  TileSums products[OfGroups<Panel> ? 2 : Weights<Panel>::kGroups];
  for (int64_t column = 0; column < k; column += kStrip) {
    const int64_t columns = k - column < kStrip ? k - column : kStrip;
    gather<OfGroups<Panel>>(x, count, column, columns / 32, &strip);
    for (int64_t p = 0; p < panels.count; ++p) {
      const Panel* blocks = panel_of<Panel>(panels, p) + column / Panel::kColumns;
      // The next strip, or the first one of a panel that comes soon.
      const Panel* soon = column + kStrip < k ? blocks + kBlocks : panel_of<Panel>(panels, p + kMostPanels);
      Lines ahead = {reinterpret_cast<const char*>(soon), reinterpret_cast<const char*>(soon + kBlocks)};
      unpack(blocks, static_cast<int>(columns / (4 * kQuads<Panel>)), ahead, &weights);
      for (int64_t t = 0; t < count; t += kChunk) {
        const int64_t tokens = count - t < kChunk ? count - t : kChunk;
        multiply_tiles(strip.codes + t, tokens, weights, products, ahead);
        add_sums(*blocks, weights, products, strip, t, tokens, totals[p] + t);
      }
    }
  }
  for (int64_t p = 0; p < panels.count; ++p) {
    for (int64_t t = 0; t < count; ++t) store(load(totals[p][t]), y + t * stride + p * panels.apart);
  }
}

template <class Panel, DotCodes Kernels::*kSlot>
void dot_tiles(const PanelRun& panels, int64_t k, const QuantRow* x, int64_t count, int64_t stride,
               float* y) {
  const int64_t tiles = count < kLeastTokens ? 0 : count;
  if (tiles > 0) shape_tiles<Panel>(static_cast<int>((tiles - 1) % kTileTokens + 1));
  for (int64_t t = 0; t < tiles; t += kMostTokens) {
    const int64_t tokens = tiles - t < kMostTokens ? tiles - t : kMostTokens;
    for (int64_t p = 0; p < panels.count; p += kMostPanels) {
      const int64_t some = panels.count - p < kMostPanels ? panels.count - p : kMostPanels;
      dot_piece<Panel>({panel_of<Panel>(panels, p), some, panels.stride, panels.apart}, k, x + t, tokens,
                       stride, y + t * stride + p * panels.apart);
    }
  }
  if (tiles > 0) _tile_release();
  else (avx512_kernels().*kSlot)(panels, k, x, count, stride, y);
}

template <class Panel, DotCodes Kernels::*kSlot>
void replace(Kernels& table) {
  table.*kSlot = dot_tiles<Panel, kSlot>;
}

Kernels overridden() {
  Kernels table = avx512_kernels();
  replace<PanelQ4_0, &Kernels::dot_q4_0>(table);
  replace<PanelQ5_0, &Kernels::dot_q5_0>(table);
  replace<PanelQ8_0, &Kernels::dot_q8_0>(table);
  replace<PanelIQ4_NL, &Kernels::dot_iq4_nl>(table);
  replace<PanelMXFP4, &Kernels::dot_mxfp4>(table);
  replace<PanelQ4_K, &Kernels::dot_q4_k>(table);
  replace<PanelQ5_K, &Kernels::dot_q5_k>(table);
  replace<PanelQ6_K, &Kernels::dot_q6_k>(table);
  replace<PanelIQ4_XS, &Kernels::dot_iq4_xs>(table);
  return table;
}

}  // namespace

const Kernels& amx_kernels() {
  static const Kernels table = overridden();
  return table;
}

}  // namespace tug

#else

namespace tug {
const Kernels& amx_kernels() { return scalar_kernels(); }
}  // namespace tug

#endif
