#include "backends/cpu/linear.h"

#include <cstring>

#include "base/check.h"

namespace tug::cpu {
namespace {

/// Panels of floats that share their activations.
constexpr int64_t kFloatPanels = 2;
/// Weights are read at the speed of the memory for so few tokens. A line of the output that is not in the
/// cache would hold that up: the numbers are put together where they stay in the cache.
constexpr int64_t kFewTokens = 4;
constexpr int64_t kMostPanels = 64;

void multiply_floats(const Cpu& cpu, const Product& product, const Piece& piece, ThreadScratch& scratch,
                     int64_t stride, float* y) {
  const Matrix& matrix = product.linear->weight;
  const float* x[kTokensAtOnce];
  for (int64_t i = 0; i < piece.count; ++i) x[i] = product.input->row(product.input_row(piece.first + i));
  const int64_t bytes = panel_bytes(matrix.type, matrix.cols), apart = piece.count * kFloatSums;
  for (int64_t p = 0; p < piece.panels; p += kFloatPanels) {
    const PanelRun run = {product.packed.data() + (piece.panel + p) * bytes,
                          std::min(kFloatPanels, piece.panels - p), bytes, apart};
    std::memset(scratch.sums, 0, static_cast<size_t>(run.count * apart) * sizeof(float));
    (cpu.kernels->*panel_format(matrix.type).dot_floats)(run, matrix.cols, x, piece.count, scratch.sums);
    for (int64_t i = 0; i < run.count; ++i)
      cpu.kernels->fold(scratch.sums + i * apart, piece.count, stride, y + (p + i) * kLanes);
  }
}

void multiply_codes(const Cpu& cpu, const Product& product, const Piece& piece, int64_t stride, float* y) {
  const Matrix& matrix = product.linear->weight;
  const PanelFormat& format = panel_format(matrix.type);
  const int64_t bytes = panel_bytes(matrix.type, matrix.cols);
  QuantRow x[kTokensAtOnce];
  for (int64_t i = 0; i < piece.count; ++i)
    x[i] = product.input->codes(format.form, product.input_row(piece.first + i));
  const PanelRun run = {product.packed.data() + piece.panel * bytes, piece.panels, bytes, kLanes, piece.next};
  (cpu.kernels->*format.dot_codes)(run, matrix.cols, x, piece.count, stride, y);
}

/// Calls work(piece) for all of the product's rows and panels from `panel` on: as many panels as there is
/// room for, each time with all rows. `next` is what the thread reads after them.
template <class Work>
void for_each_piece(const Product& product, int64_t panel, int64_t panels, const std::byte* next, Work work) {
  const int64_t together =
      std::min(kMostPanels, kPanelsTogether * kTokensAtOnce / std::min(kTokensAtOnce, product.count));
  for (const int64_t end = panel + panels; panel < end; panel += together) {
    for (int64_t first = 0; first < product.count; first += kTokensAtOnce) {
      work(Piece{panel, std::min(together, end - panel), first,
                 std::min(kTokensAtOnce, product.count - first), panel + together < end ? nullptr : next});
    }
  }
}

/// The first panel that has landed.
const std::byte* first_of(const Product& product) {
  const Matrix& matrix = product.linear->weight;
  return product.packed.data() + product.first_panel() * panel_bytes(matrix.type, matrix.cols);
}

/// Numbers of a row that panels hold; the last panel may be padded.
int64_t numbers_of(const Piece& piece, int64_t rows) {
  return std::min(piece.panels * kLanes, rows - piece.panel * kLanes);
}

}  // namespace

Product Product::with(ByteView place, RowRange range) const {
  Product product = *this;
  product.packed = place;
  product.landed = range;
  return product;
}

void multiply_panels(const Cpu& cpu, const Product& product, const Piece& piece, ThreadScratch& scratch,
                     int64_t stride, float* y) {
  const Linear& linear = *product.linear;
  if (form_of(linear.weight.type) == kFloats) multiply_floats(cpu, product, piece, scratch, stride, y);
  else multiply_codes(cpu, product, piece, stride, y);
  for (int64_t i = 0; i < piece.count && linear.weight.scale != 1; ++i)
    cpu.kernels->scale(linear.weight.scale, piece.panels * kLanes, y + i * stride);
  if (linear.bias.size > 0) {
    const int64_t numbers = numbers_of(piece, product.out_rows());
    const float* bias = cpu.vector(linear.bias) + piece.panel * kLanes;
    for (int64_t i = 0; i < piece.count; ++i) cpu.kernels->add_scaled(1.0f, bias, numbers, y + i * stride);
  }
}

void multiply(const Cpu& cpu, std::span<const Product> products) {
  const auto panels_of = [&](int64_t i) { return products[static_cast<size_t>(i)].panels(); };
  for_each_run(cpu, static_cast<int64_t>(products.size()), panels_of,
               [&](int64_t index, int64_t nth, int64_t panels, int thread) {
                 const Product& product = products[static_cast<size_t>(index)];
                 const int64_t rows = product.out_rows();
                 const auto after = static_cast<size_t>(index) + 1;
                 const std::byte* next = after < products.size() ? first_of(products[after]) : nullptr;
                 ThreadScratch& scratch = cpu.scratch[thread];
                 for_each_piece(product, product.first_panel() + nth, panels, next, [&](const Piece& piece) {
                   float* out = product.out + piece.first * rows + piece.panel * kLanes;
                   const int64_t numbers = numbers_of(piece, rows), padded = piece.panels * kLanes;
                   if (numbers == padded && piece.count > kFewTokens)
                     return multiply_panels(cpu, product, piece, scratch, rows, out);
                   multiply_panels(cpu, product, piece, scratch, padded, scratch.y);
                   for (int64_t i = 0; i < piece.count; ++i)
                     std::copy_n(scratch.y + i * padded, numbers, out + i * rows);
                 });
               });
}

void add(const Cpu& cpu, std::span<const Addition> additions, View<float> x) {
  // Tasks are runs of columns; inside, one matrix after the other, each read forward.
  cpu.pool->run_shared((x.cols + kLanes - 1) / kLanes, [&](int64_t from, int64_t panels, int thread) {
    ThreadScratch& scratch = cpu.scratch[thread];
    for (const Addition& addition : additions) {
      for_each_piece(addition.product, from, panels, nullptr, [&](const Piece& piece) {
        const int64_t numbers = numbers_of(piece, x.cols), stride = piece.panels * kLanes;
        const auto to = [&](int64_t i) {
          return x[addition.to_rows ? addition.to_rows[piece.first + i] : piece.first + i] +
                 piece.panel * kLanes;
        };
        // The rows are far apart: their lines come while the product is made.
        for (int64_t i = 0; i < piece.count; ++i) {
          for (int64_t at = 0; at < numbers; at += kLanes) __builtin_prefetch(to(i) + at, 1);
        }
        multiply_panels(cpu, addition.product, piece, scratch, stride, scratch.y);
        for (int64_t i = 0; i < piece.count; ++i) {
          const float factor = addition.factors ? addition.factors[piece.first + i] : 1.0f;
          cpu.kernels->add_scaled(factor, scratch.y + i * stride, numbers, to(i));
        }
      });
    }
  });
}

}  // namespace tug::cpu
