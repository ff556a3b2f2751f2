// The inputs of linears: rows of floats, and the 8-bit codes that some types of matrices want.
#pragma once

#include "backends/cpu/workspace.h"
#include "kernels/packing.h"
#include "plan/plan.h"
#include "tensor/view.h"

namespace tug::cpu {

/// In which form a matrix takes its input.
inline Form form_of(Type type) { return panel_format(type).form; }
inline unsigned forms_of(std::initializer_list<const Linear*> linears) {
  unsigned forms = 0;
  for (const Linear* linear : linears) forms |= form_of(linear->weight.type);
  return forms;
}

/// Rows of 8-bit codes under a scale per group, for `cols` numbers each, a multiple of the group.
class CodeRows {
 public:
  CodeRows() = default;
  CodeRows(Bump& bump, int64_t rows, int64_t cols, int64_t group)
      : cols_(cols),
        scales_(cols / group),
        first_{bump.take<int8_t>(rows * cols), bump.take<float>(rows * scales_),
               bump.take<int16_t>(rows * cols / 32), bump.take<int16_t>(rows * cols / 16)} {}

  QuantRowOut out(int64_t row) const {
    const int64_t at = row * cols_;
    return {first_.codes + at, first_.scales + row * scales_, first_.sums + at / 32,
            first_.half_sums + at / 16};
  }
  QuantRow row(int64_t index) const {
    const QuantRowOut at = out(index);
    return {at.codes, at.scales, at.sums, at.half_sums};
  }

 private:
  int64_t cols_ = 0, scales_ = 0;  // scales of a row
  QuantRowOut first_ = {};
};

/// Rows of up to `cols` numbers. Codes belong to one row: they never depend on the others.
class Activations {
 public:
  Activations() = default;
  Activations(Bump& bump, int64_t rows, int64_t cols) : cols_(cols), floats_(bump.take<float>(rows * cols)) {
    const int64_t padded = (cols + 255) / 256 * 256;
    codes_[0] = CodeRows(bump, rows, padded, 32);
    codes_[1] = CodeRows(bump, rows, padded, 256);
  }

  float* row(int64_t row) const { return floats_ + row * cols_; }
  /// Makes the codes of a row's first `count` numbers.
  void encode(const Kernels& kernels, int64_t row, int64_t count, unsigned forms) const;
  QuantRow codes(Form form, int64_t row) const { return codes_[form == kCodes256].row(row); }

 private:
  int64_t cols_ = 0;
  float* floats_ = nullptr;
  CodeRows codes_[2] = {};
};

/// to[i] = norm(x[i]) in the wanted forms, for all rows of x, or to[i] = norm(x[which[i]]).
void norm_rows(const Cpu& cpu, const Norm& norm, View<const float> x, unsigned forms, const Activations& to);
void norm_rows(const Cpu& cpu, const Norm& norm, View<const float> x, std::span<const int32_t> which,
               unsigned forms, const Activations& to);

}  // namespace tug::cpu
