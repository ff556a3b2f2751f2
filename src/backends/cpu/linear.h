// Linears applied to rows. multiply_panel() is the one place where a matrix meets activations.
#pragma once

#include <algorithm>
#include <span>

#include "backends/cpu/activations.h"

namespace tug::cpu {

/// y = W x + bias for some rows of x.
struct Product {
  const Linear* linear = nullptr;
  ByteView packed;
  const Activations* input = nullptr;
  int64_t input_first = 0;        // input rows input_first .. input_first + count - 1,
  const int32_t* rows = nullptr;  // or these
  int64_t count = 0;
  float* out = nullptr;  // [count, out rows]

  int64_t input_row(int64_t i) const { return rows ? rows[i] : input_first + i; }
  int64_t out_rows() const { return linear->weight.rows; }
  int64_t panels() const { return (out_rows() + kLanes - 1) / kLanes; }
};

/// The product of a linear whose part is among `parts`, with input rows 0 .. count-1.
Product product_of(const Linear& linear, std::span<const Part> parts, const Activations& input, int64_t count,
                   float* out = nullptr);

/// y [count, 16] = one panel of output rows for rows first .. first + count - 1 of the product; at most
/// kTokensAtOnce. The bits of a row depend on nothing but that row.
void multiply_panel(const Cpu& cpu, const Product& product, int64_t panel, int64_t first, int64_t count,
                    ThreadScratch& scratch, float* y);

/// Fills every product's `out`, all in one parallel region.
void multiply(const Cpu& cpu, std::span<const Product> products);

/// A product that is added to rows of x, times a factor per row.
struct Addition {
  Product product;
  const int32_t* to_rows = nullptr;  // rows of x; null: 0 .. count-1
  const float* factors = nullptr;    // null: 1
};

/// x[to_row] += factor * product, the additions in order, in one parallel region over columns of x.
void add(const Cpu& cpu, std::span<const Addition> additions, View<float> x);

/// Calls work(index, panel, thread) for panel 0 .. panels_of(index)-1 of every index, in one parallel region.
template <class PanelsOf, class Work>
void for_each_panel(const Cpu& cpu, int64_t indices, PanelsOf panels_of, Work work) {
  int64_t total = 0;
  for (int64_t i = 0; i < indices; ++i) total += panels_of(i);
  // A task is a run of panels, so that a thread reads forward; a few tasks per thread even out.
  const int64_t run = std::clamp<int64_t>(total / (8 * cpu.pool->threads()), 1, 32);
  cpu.pool->run((total + run - 1) / run, [&](int64_t task, int thread) {
    int64_t index = 0, panel = task * run;
    for (int64_t left = std::min(run, total - panel); left > 0; --left, ++panel) {
      while (panel >= panels_of(index)) panel -= panels_of(index++);
      work(index, panel, thread);
    }
  });
}

}  // namespace tug::cpu
