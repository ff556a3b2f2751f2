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

/// Rows of up to `cols` numbers. Codes belong to one row: they never depend on the others.
class Activations {
 public:
  Activations() = default;
  Activations(Bump& bump, int64_t rows, int64_t cols)
      : cols_(cols), padded_((cols + 255) / 256 * 256), floats_(bump.take<float>(rows * cols)) {
    codes_[0] = place(bump, rows, 32);
    codes_[1] = place(bump, rows, 256);
  }

  float* row(int64_t row) const { return floats_ + row * cols_; }
  /// Makes the codes of a row's first `count` numbers.
  void encode(const Kernels& kernels, int64_t row, int64_t count, unsigned forms) const;
  QuantRow codes(Form form, int64_t row) const {
    const QuantRowOut at = codes_at(form, row);
    return {at.codes, at.scales, at.sums, at.half_sums};
  }

 private:
  struct Codes {
    QuantRowOut first;
    int64_t scales;  // of a row
  };
  Codes place(Bump& bump, int64_t rows, int64_t group) const;
  QuantRowOut codes_at(Form form, int64_t row) const {
    const auto& [first, scales] = codes_[form == kCodes256];
    const int64_t at = row * padded_;
    return {first.codes + at, first.scales + row * scales, first.sums + at / 32, first.half_sums + at / 16};
  }

  int64_t cols_ = 0, padded_ = 0;
  float* floats_ = nullptr;
  Codes codes_[2] = {};
};

/// to[i] = norm(x[i]) in the wanted forms, for all rows of x, or to[i] = norm(x[which[i]]).
void norm_rows(const Cpu& cpu, const Norm& norm, View<const float> x, unsigned forms, const Activations& to);
void norm_rows(const Cpu& cpu, const Norm& norm, View<const float> x, std::span<const int32_t> which,
               unsigned forms, const Activations& to);

}  // namespace tug::cpu
