// The table of AVX-512 with products of codes by AMX's tiles where there are enough tokens: an override, the
// rest stays as it is. Only C headers and our own lane code: an inline function of the standard library
// compiled here could replace the one that every CPU runs.
//
// A tile multiplies a group's quads with 16 tokens; the sums are exact integers, as everywhere. Columns are
// worked through in strips, each for all panels of a call, so that the tokens' codes of a strip stay in the
// first-level cache.
#include "kernels/kernels.h"

#ifdef __AMX_INT8__

#include "kernels/amx/tiles.h"

namespace tug {
namespace {

constexpr int64_t kStrip = 256;  // columns
constexpr int kTileTokens = 16;
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

/// Tiles 0 and 1 are sums, 4 and 5 tokens, 6 weights. Tiles 1 and 5 are for the last `rest` tokens.
template <int kGroupQuads>
void shape_tiles(int rest) {
  TileShapes shapes;
  const auto set = [&](int tile, int rows, int bytes) {
    shapes.rows[tile] = static_cast<uint8_t>(rows), shapes.bytes[tile] = static_cast<uint16_t>(bytes);
  };
  set(0, kTileTokens, 64), set(1, rest, 64);
  set(4, kTileTokens, 4 * kGroupQuads), set(5, rest, 4 * kGroupQuads);
  set(6, kGroupQuads, 64);
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

/// A strip of a panel, group by group.
template <class Panel>
struct Weights {
  static constexpr int kGroups = kStrip / 4 / kQuads<Panel>;
  alignas(64) uint8_t quads[kGroups][kQuads<Panel>][64];
  alignas(64) float factors[kGroups][kLanes];  // of the groups
  alignas(64) float scale[kLanes], minimum[kLanes];
  alignas(64) int16_t minima[kGroups / 2][2 * kLanes];  // pairs
  int groups;                                           // in use
};

template <class Panel>
void unpack(const Panel* blocks, int groups, Weights<Panel>* to) {
  to->groups = groups;
  for (int g = 0; g < groups; ++g) {
    const Panel& block = OfGroups<Panel> ? *blocks : blocks[g];
    unrolled<kQuads<Panel>>([&]<int kQuad>() __attribute__((always_inline)) {
      _mm512_store_si512(to->quads[g][kQuad], signed_quad<kQuad>(block, g).all);
    });
    if constexpr (!OfGroups<Panel>) store(scale_of(block), to->factors[g]);
  }
  if constexpr (OfGroups<Panel>) {
    store(load_f16(blocks->scales), to->scale);
    for (int pair = 0; pair < groups / 2; ++pair) {
      const Pairs scales = load_pairs(blocks->group_scales[pair]);
      store(float_of(U16(first_of(scales).all)), to->factors[2 * pair]);
      store(float_of(U16(second_of(scales).all)), to->factors[2 * pair + 1]);
      if constexpr (HasMinima<Panel>)
        _mm512_store_si512(to->minima[pair], load_pairs(blocks->group_minima[pair]).all);
    }
    if constexpr (HasMinima<Panel>) store(load_f16(blocks->minima), to->minimum);
  }
}

/// Sums of products of a group with the tokens of a chunk.
struct GroupSums {
  alignas(64) int32_t of[kChunk][kLanes];
};

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
void multiply_tiles(const int8_t (*tokens)[kStrip], int64_t count, const Weights<Panel>& weights,
                    GroupSums* sums, Lines& ahead) {
  constexpr int kLines = kStrip / Panel::kColumns * sizeof(Panel) / 64 / Weights<Panel>::kGroups + 1;
  asm volatile("" ::: "memory");  // the intrinsics do not say that they read and write memory
  for (int g = 0; g < weights.groups; ++g) {
    const int8_t* from = *tokens + g * 4 * kQuads<Panel>;
    ahead.prefetch_some<kLines>();
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

/// y [count, 16] += the groups' sums under their integer scales, exactly, under the scales of block and
/// token.
template <OfGroups Panel>
void add_sums(const Weights<Panel>& weights, const GroupSums* sums, const Strip& x, int64_t first,
              int64_t count, float (*y)[kLanes]) {
  constexpr int kGroups = Weights<Panel>::kGroups, kExact = kExactGroups<Panel>;
  V16 factors[kGroups];
#pragma GCC unroll 16
  for (int g = 0; g < kGroups; ++g) factors[g] = load(weights.factors[g]);
  const V16 scale = load(weights.scale);
  Pairs minima[4];
  V16 minimum(0.0f);
  if constexpr (HasMinima<Panel>) {
    minimum = load(weights.minimum);
#pragma GCC unroll 4
    for (int pair = 0; pair < 4; ++pair) minima[pair] = {_mm512_load_si512(weights.minima[pair])};
  }
  for (int64_t t = 0; t < count; ++t) {
    V16 exact[kGroups / kExact];
#pragma GCC unroll 16
    for (int g = 0; g < kGroups; ++g) {
      const V16 sum = float_of(U16(_mm512_load_si512(sums[g].of[t])));
      V16& part = exact[g / kExact];
      part = g % kExact == 0 ? sum * factors[g] : fused(sum, factors[g], part);
    }
    V16 total = exact[0] + exact[1];
    if constexpr (kGroups / kExact > 2) {
      U16 whole(0u);
#pragma GCC unroll 8
      for (const V16 part : exact) whole = whole + U16(_mm512_cvtps_epi32(part.all));
      total = float_of(whole);
    }
    const float token_scale = x.scales[first + t][0];
    V16 sum = fused(scale * V16(token_scale), total, load(y[t]));
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

/// The same of blocks with a float scale.
template <class Panel>
void add_sums(const Weights<Panel>& weights, const GroupSums* sums, const Strip& x, int64_t first,
              int64_t count, float (*y)[kLanes]) {
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
  GroupSums products[Weights<Panel>::kGroups];
  for (int64_t column = 0; column < k; column += kStrip) {
    const int64_t columns = k - column < kStrip ? k - column : kStrip;
    gather<OfGroups<Panel>>(x, count, column, columns / 32, &strip);
    for (int64_t p = 0; p < panels.count; ++p) {
      const Panel* blocks = panel_of<Panel>(panels, p) + column / Panel::kColumns;
      // The next strip, or the first one of a panel that comes soon.
      const Panel* soon = column + kStrip < k ? blocks + kBlocks : panel_of<Panel>(panels, p + kMostPanels);
      Lines ahead = {reinterpret_cast<const char*>(soon), reinterpret_cast<const char*>(soon + kBlocks)};
      unpack(blocks, static_cast<int>(columns / (4 * kQuads<Panel>)), &weights);
      for (int64_t t = 0; t < count; t += kChunk) {
        const int64_t tokens = count - t < kChunk ? count - t : kChunk;
        multiply_tiles(strip.codes + t, tokens, weights, products, ahead);
        add_sums(weights, products, strip, t, tokens, totals[p] + t);
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
  if (tiles > 0) shape_tiles<kQuads<Panel>>(static_cast<int>((tiles - 1) % kTileTokens + 1));
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
  set_prefetch(0);  // strips are asked for at once
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
