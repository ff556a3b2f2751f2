// Products of a panel with one or more rows of activations. Included by each instruction set after its
// vector.h.
//
// A lane is an output row. What a lane adds up, and in which order, follows from the columns alone, so a
// token gets the same bits alone and in a tile.
#pragma once

#include "kernels/kernels.h"

namespace tug {
namespace {

Prefetch chosen = {1536, 3072};

[[maybe_unused]] void set_prefetch(Prefetch wanted) {
  __atomic_store_n(&chosen.near, wanted.near, __ATOMIC_RELAXED);
  __atomic_store_n(&chosen.far, wanted.far, __ATOMIC_RELAXED);
}
Prefetch prefetch_distances() {
  return {__atomic_load_n(&chosen.near, __ATOMIC_RELAXED), __atomic_load_n(&chosen.far, __ATOMIC_RELAXED)};
}

/// Asks for the lines that a product will need some distances after `from`.
[[gnu::always_inline]] inline void prefetch_ahead(const void* from, Prefetch ahead) {
  prefetch_far(static_cast<const char*>(from) + ahead.far);
  prefetch_near(static_cast<const char*>(from) + ahead.near);
}

inline uint32_t quad_at(const void* from) {  // 4 codes, or 2 sums
  uint32_t quad;
  memcpy(&quad, from, sizeof(quad));
  return quad;
}

}  // namespace
}  // namespace tug

#define TUG_LANES
#include "kernels/formats.def"

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

#ifdef TUG_SMALL_TILES  // for sanitizers, with which all sizes of tiles take minutes to compile
constexpr int kTokensOfTile = kTile < 2 ? kTile : 2;
#else
constexpr int kTokensOfTile = kTile;
#endif

/// Calls tile(first token, Tokens<n>()) for tiles of up to kTokensOfTile tokens.
template <class Tile>
void for_each_tile(int64_t count, Tile tile) {
  int64_t first = 0;
  for (; first + kTokensOfTile <= count; first += kTokensOfTile) tile(first, Tokens<kTokensOfTile>());
  last_tile<kTokensOfTile - 1>(first, count - first, tile);
}

template <class Panel>
const Panel* panel_of(const PanelRun& panels, int64_t index) {
  return reinterpret_cast<const Panel*>(static_cast<const char*>(panels.first) + index * panels.stride);
}

// Float panels.

/// Adds the columns k with k mod 4 in [kFirst, kFirst + kClasses) to their sums, which are `apart` floats
/// from one panel to the next. Lines are asked for so far ahead, unless it is null.
template <class Panel, int kPanels, int kTokens, int kFirst, int kClasses>
[[gnu::always_inline]] inline void add_columns(const Panel* const* panels, int64_t columns,
                                               const float* const* x, const Prefetch* ahead, float* sums,
                                               int64_t apart) {
  constexpr int64_t kColumnBytes = sizeof(Panel::numbers) / Panel::kColumns;
  V16 sum[kPanels][kTokens][kClasses];
  const auto for_each_sum = [&](auto visit) __attribute__((always_inline)) {
#pragma GCC unroll 2
    for (int p = 0; p < kPanels; ++p) {
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t) {
#pragma GCC unroll 4
        for (int c = 0; c < kClasses; ++c)
          visit(sum[p][t][c], sums + p * apart + t * kFloatSums + (kFirst + c) * kLanes);
      }
    }
  };
  for_each_sum([](V16 & own, const float* from) __attribute__((always_inline)) { own = load(from); });
  const auto add = [&](int64_t k, int c) __attribute__((always_inline)) {
    V16 weights[kPanels];
#pragma GCC unroll 2
    for (int p = 0; p < kPanels; ++p) weights[p] = load_column(panels[p], k);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      const V16 factor(x[t][k]);
#pragma GCC unroll 2
      for (int p = 0; p < kPanels; ++p) sum[p][t][c] = fused(weights[p], factor, sum[p][t][c]);
    }
  };
  int64_t k = 0;
  for (; k + 4 <= columns; k += 4) {
    if (ahead) {
#pragma GCC unroll 2
      for (int p = 0; p < kPanels; ++p) {
#pragma GCC unroll 4
        for (int64_t line = 0; line < 4 * kColumnBytes; line += 64)
          prefetch_ahead(reinterpret_cast<const char*>(panels[p][k / Panel::kColumns].numbers) +
                             k % Panel::kColumns * kColumnBytes + line,
                         *ahead);
      }
    }
#pragma GCC unroll 4
    for (int c = 0; c < kClasses; ++c) add(k + kFirst + c, c);
  }
#pragma GCC unroll 4
  for (int c = 0; c < kClasses; ++c) {
    if (k + kFirst + c < columns) add(k + kFirst + c, c);
  }
  for_each_sum([](const V16& own, float* to) __attribute__((always_inline)) { store(own, to); });
}

/// Enough independent sums to hide the latency of an addition, as many as there are registers for.
constexpr int classes_for(int sums) {
  return 4 * sums <= kFloatSumsAtOnce ? 4 : 2 * sums <= kFloatSumsAtOnce ? 2 : 1;
}

/// The work for several tokens fills the window in which a CPU finds loads to start early by itself.
inline Prefetch distances_for(int tokens) {
  constexpr int64_t kLeast = 2048;
  const Prefetch best = prefetch_distances();
  return tokens > 1 && best.far < kLeast ? Prefetch{kLeast, kLeast} : best;
}

template <class Panel, int kPanels>
void add_panels(const Panel* const* panels, int64_t k, const float* const* x, int64_t count, float* sums,
                int64_t apart) {
  for_each_tile(count, [&](int64_t first, auto tokens) {
    constexpr int kTokens = decltype(tokens)::kTokens, kClasses = classes_for(kPanels * kTokens);
    const float* const* rows = x + first;
    float* to = sums + first * kFloatSums;
    const Prefetch distances = distances_for(kTokens);
    const Prefetch* ahead = first > 0 ? nullptr : &distances;  // the first tile brings the lines
    add_columns<Panel, kPanels, kTokens, 0, kClasses>(panels, k, rows, ahead, to, apart);
    if constexpr (kClasses <= 2)
      add_columns<Panel, kPanels, kTokens, kClasses, kClasses>(panels, k, rows, nullptr, to, apart);
    if constexpr (kClasses == 1) {
      add_columns<Panel, kPanels, kTokens, 2, 1>(panels, k, rows, nullptr, to, apart);
      add_columns<Panel, kPanels, kTokens, 3, 1>(panels, k, rows, nullptr, to, apart);
    }
  });
}

template <class Panel>
void dot_floats(const PanelRun& panels, int64_t k, const float* const* x, int64_t count, float* sums) {
  int64_t p = 0;
  if constexpr (kPanelsAtOnce == 2) {
    for (; p + 2 <= panels.count; p += 2) {
      const Panel* const both[2] = {panel_of<Panel>(panels, p), panel_of<Panel>(panels, p + 1)};
      add_panels<Panel, 2>(both, k, x, count, sums + p * panels.apart, panels.apart);
    }
  }
  for (; p < panels.count; ++p) {
    const Panel* const one = panel_of<Panel>(panels, p);
    add_panels<Panel, 1>(&one, k, x, count, sums + p * panels.apart, panels.apart);
  }
}

// Panels of codes: integer sums inside a block are exact, blocks add up in column order.

/// Where a product finds the lines that come later: further on in its panels, and behind their end where it
/// goes on.
struct Path {
  Path(const void* end_of_run, const void* next)
      : end(static_cast<const char*>(end_of_run)), jump(next ? static_cast<const char*>(next) - end : 0) {}
  Prefetch from(const void* block) const {
    const auto* at = static_cast<const char*>(block);
    return {at + ahead.near < end ? ahead.near : ahead.near + jump,
            at + ahead.far < end ? ahead.far : ahead.far + jump};
  }
  const char* end;
  int64_t jump;
  Prefetch ahead = prefetch_distances();
};

template <class Panel>
void dot_panel(const Panel* blocks, int64_t k, const QuantRow* x, int64_t count, int64_t stride,
               const Path& path, float* y) {
  for_each_tile(count, [&](int64_t first, auto tokens) {
    constexpr int kTokens = decltype(tokens)::kTokens;
    V16 sum[kTokens];
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) sum[t] = V16(0.0f);
    for (int64_t b = 0; b < k / Panel::kColumns; ++b) {
      add_block<kTokens>(blocks[b], b, x + first, path.from(blocks + b), sum);
    }
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) store(sum[t], y + (first + t) * stride);
  });
}

template <class Panel>
void dot_codes(const PanelRun& panels, int64_t k, const QuantRow* x, int64_t count, int64_t stride,
               float* y) {
  const Path path(panel_of<Panel>(panels, panels.count), panels.next);
  for (int64_t p = 0; p < panels.count; ++p)
    dot_panel(panel_of<Panel>(panels, p), k, x, count, stride, path, y + p * panels.apart);
}

template <class Panel, Form kForm>
constexpr typename DotOf<kForm>::Type dot_for() {
  if constexpr (kForm == kFloats) return dot_floats<Panel>;
  else return dot_codes<Panel>;
}

}  // namespace
}  // namespace tug
