#include "backends/cpu/activations.h"

namespace tug::cpu {

Form form_of(Type type) {
  switch (type) {
    case Type::kQ8_0: return kCodes32;
    case Type::kQ4_K:
    case Type::kQ6_K: return kCodes256;
    default: return kFloats;
  }
}

Activations::Codes Activations::place(Bump& bump, int64_t rows, int64_t group) const {
  const int64_t count = rows * padded();
  return {{bump.take<int8_t>(count), bump.take<float>(count / group), bump.take<int16_t>(count / 32),
           bump.take<int16_t>(count / 16)},
          group};
}

QuantRowOut Activations::codes_at(Form form, int64_t row) const {
  const auto& [first, group] = codes_[form == kCodes256];
  const int64_t at = row * padded();
  return {first.codes + at, first.scales + at / group, first.sums + at / 32, first.half_sums + at / 16};
}

void Activations::encode(const Kernels& kernels, int64_t at, int64_t count, unsigned forms) const {
  if (forms & kCodes32) kernels.quantise(row(at), count, 32, codes_at(kCodes32, at));
  if (forms & kCodes256) kernels.quantise(row(at), count, 256, codes_at(kCodes256, at));
}

void norm_rows(const Cpu& cpu, const Norm& norm, View<const float> x, unsigned forms, const Activations& to) {
  const float* weight = cpu.vector(norm.weight);
  cpu.for_each(x.rows, x.cols, [&](int64_t row, int) {
    cpu.kernels->rms_norm(x[row], weight, norm.zero_centred ? 1.0f : 0.0f, norm.eps, x.cols, to.row(row));
    to.encode(*cpu.kernels, row, x.cols, forms);
  });
}

}  // namespace tug::cpu
