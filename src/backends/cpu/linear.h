// Linears applied to rows. multiply_panels() is the one place where a matrix meets activations.
#pragma once

#include <algorithm>
#include <span>

#include "backends/cpu/activations.h"

namespace tug::cpu {

/// y = W x + bias for some rows of x, and some rows of W.
struct Product {
  const Linear* linear = nullptr;
  const Activations* input = nullptr;
  int64_t input_first = 0;        // input rows input_first .. input_first + count - 1,
  const int32_t* rows = nullptr;  // or these
  int64_t count = 0;
  float* out = nullptr;  // [count, out rows]
  ByteView packed = {};  // the place of the whole matrix
  RowRange landed = {};  // the rows of W that are there; first is a multiple of 16

  int64_t input_row(int64_t i) const { return rows ? rows[i] : input_first + i; }
  int64_t out_rows() const { return linear->weight.rows; }
  int64_t first_panel() const { return landed.first / kLanes; }
  int64_t panels() const { return (landed.count + kLanes - 1) / kLanes; }

  /// The same product with the rows that have landed, or with all.
  Product with(ByteView place, RowRange range) const;
  Product with(ByteView place) const { return with(place, {0, out_rows()}); }
};

/// Panels panel .. panel + panels - 1 of a product for its rows first .. first + count - 1, at most
/// kTokensAtOnce; all their numbers fit into ThreadScratch::y. `next` is what the thread reads after them.
struct Piece {
  int64_t panel, panels, first, count;
  const std::byte* next = nullptr;
};

/// y [count] rows that begin `stride` floats apart, of 16 numbers a panel. The bits of a row depend on
/// nothing but that row.
void multiply_panels(const Cpu& cpu, const Product& product, const Piece& piece, ThreadScratch& scratch,
                     int64_t stride, float* y);

/// Fills the landed rows of every product's `out`, all in one parallel region.
void multiply(const Cpu& cpu, std::span<const Product> products);

/// A product that is added to rows of x, times a factor per row. All rows of W have landed.
struct Addition {
  Product product;
  const int32_t* to_rows = nullptr;  // rows of x; null: 0 .. count-1
  const float* factors = nullptr;    // null: 1
};

/// x[to_row] += factor * product, the additions in order, in one parallel region over columns of x.
void add(const Cpu& cpu, std::span<const Addition> additions, View<float> x);

/// Calls work(index, first panel, count, thread) until it has seen panels 0 .. panels_of(index)-1 of every
/// index, in one parallel region.
template <class PanelsOf, class Work>
void for_each_run(const Cpu& cpu, int64_t indices, PanelsOf panels_of, Work work) {
  int64_t total = 0;
  for (int64_t i = 0; i < indices; ++i) total += panels_of(i);
  cpu.pool->run_shared(total, [&](int64_t first, int64_t count, int thread) {
    int64_t index = 0, panel = first;
    while (count > 0) {
      while (panel >= panels_of(index)) panel -= panels_of(index++);
      const int64_t run = std::min(count, panels_of(index) - panel);
      work(index, panel, run, thread);
      panel += run, count -= run;
    }
  });
}

}  // namespace tug::cpu
