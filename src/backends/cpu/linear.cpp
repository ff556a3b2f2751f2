#include "backends/cpu/linear.h"

#include <cstring>

#include "base/check.h"

namespace tug::cpu {
namespace {

void multiply_floats(const Cpu& cpu, const Product& product, int64_t panel, int64_t first, int64_t count,
                     ThreadScratch& scratch, float* y) {
  const Matrix& matrix = product.linear->weight;
  const float* x[kTokensAtOnce];
  for (int64_t i = 0; i < count; ++i) x[i] = product.input->row(product.input_row(first + i));
  std::memset(scratch.sums, 0, static_cast<size_t>(count * kFloatSums) * sizeof(float));
  const std::byte* packed = product.packed.data() + panel * panel_bytes(matrix.type, matrix.cols);
  (cpu.kernels->*panel_format(matrix.type).dot_floats)({packed}, matrix.cols, x, count, scratch.sums);
  cpu.kernels->fold(scratch.sums, count, kLanes, y);
}

void multiply_codes(const Cpu& cpu, const Product& product, int64_t panel, int64_t first, int64_t count,
                    float* y) {
  const Matrix& matrix = product.linear->weight;
  const PanelFormat& format = panel_format(matrix.type);
  const std::byte* packed = product.packed.data() + panel * panel_bytes(matrix.type, matrix.cols);
  QuantRow x[kTokensAtOnce];
  for (int64_t i = 0; i < count; ++i) x[i] = product.input->codes(format.form, product.input_row(first + i));
  (cpu.kernels->*format.dot_codes)(packed, matrix.cols, x, count, y);
}

void put(const float* y, int64_t lanes, float* to) {
  if (lanes == kLanes) std::memcpy(to, y, kLanes * sizeof(float));  // without a call
  else std::memcpy(to, y, static_cast<size_t>(lanes) * sizeof(float));
}

/// Calls work(first, count) for pieces of up to kTokensAtOnce of the product's rows.
template <class Work>
void for_each_piece(int64_t rows, Work work) {
  for (int64_t first = 0; first < rows; first += kTokensAtOnce)
    work(first, std::min(kTokensAtOnce, rows - first));
}

}  // namespace

Product Product::with(ByteView place, RowRange range) const {
  Product product = *this;
  product.packed = place;
  product.landed = range;
  return product;
}

void multiply_panel(const Cpu& cpu, const Product& product, int64_t panel, int64_t first, int64_t count,
                    ThreadScratch& scratch, float* y) {
  const Linear& linear = *product.linear;
  if (form_of(linear.weight.type) == kFloats) multiply_floats(cpu, product, panel, first, count, scratch, y);
  else multiply_codes(cpu, product, panel, first, count, y);
  if (linear.weight.scale != 1) cpu.kernels->scale(linear.weight.scale, count * kLanes, y);
  if (linear.bias.size > 0) {
    const int64_t lanes = std::min(kLanes, product.out_rows() - panel * kLanes);
    const float* bias = cpu.vector(linear.bias) + panel * kLanes;
    for (int64_t i = 0; i < count; ++i) cpu.kernels->add_scaled(1.0f, bias, lanes, y + i * kLanes);
  }
}

void multiply(const Cpu& cpu, std::span<const Product> products) {
  const auto panels_of = [&](int64_t i) { return products[static_cast<size_t>(i)].panels(); };
  for_each_panel(cpu, static_cast<int64_t>(products.size()), panels_of,
                 [&](int64_t index, int64_t nth, int thread) {
                   const Product& product = products[static_cast<size_t>(index)];
                   const int64_t panel = product.first_panel() + nth;
                   ThreadScratch& scratch = cpu.scratch[thread];
                   const int64_t rows = product.out_rows(), lanes = std::min(kLanes, rows - panel * kLanes);
                   for_each_piece(product.count, [&](int64_t first, int64_t count) {
                     multiply_panel(cpu, product, panel, first, count, scratch, scratch.y);
                     float* out = product.out + first * rows + panel * kLanes;
                     for (int64_t i = 0; i < count; ++i) put(scratch.y + i * kLanes, lanes, out + i * rows);
                   });
                 });
}

void add(const Cpu& cpu, std::span<const Addition> additions, View<float> x) {
  // Tasks are runs of columns; inside, one matrix after the other, each read forward.
  cpu.pool->run_shared((x.cols + kLanes - 1) / kLanes, [&](int64_t from, int64_t panels, int thread) {
    ThreadScratch& scratch = cpu.scratch[thread];
    for (const Addition& addition : additions) {
      for (int64_t panel = from; panel < from + panels; ++panel) {
        const int64_t lanes = std::min(kLanes, x.cols - panel * kLanes);
        for_each_piece(addition.product.count, [&](int64_t first, int64_t count) {
          const auto row_of = [&](int64_t i) {
            return addition.to_rows ? addition.to_rows[first + i] : first + i;
          };
          // The rows are far apart: their lines come while the product is made.
          for (int64_t i = 0; i < count; ++i) __builtin_prefetch(x[row_of(i)] + panel * kLanes, 1);
          multiply_panel(cpu, addition.product, panel, first, count, scratch, scratch.y);
          for (int64_t i = 0; i < count; ++i) {
            const int64_t row = row_of(i);
            const float factor = addition.factors ? addition.factors[first + i] : 1.0f;
            cpu.kernels->add_scaled(factor, scratch.y + i * kLanes, lanes, x[row] + panel * kLanes);
          }
        });
      }
    }
  });
}

}  // namespace tug::cpu
