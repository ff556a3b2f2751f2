#include "backends/cpu/activations.h"

namespace tug::cpu {

void Activations::encode(const Kernels& kernels, int64_t at, int64_t count, unsigned forms) const {
  if (forms & kCodes32) kernels.quantise(row(at), count, 32, codes_[0].out(at));
  if (forms & kCodes256) kernels.quantise(row(at), count, 256, codes_[1].out(at));
}

namespace {

/// to[i] = norm(row_of(i)) for i < count.
template <class RowOf>
void norm_each(const Cpu& cpu, const Norm& norm, int64_t count, int64_t cols, unsigned forms,
               const Activations& to, RowOf row_of) {
  const float* weight = cpu.vector(norm.weight);
  const float offset = norm.zero_centred ? 1.0f : 0.0f;
  cpu.for_each(count, cols, [&](int64_t i, int) {
    cpu.kernels->rms_norm(row_of(i), weight, offset, norm.eps, cols, to.row(i));
    to.encode(*cpu.kernels, i, cols, forms);
  });
}

}  // namespace

void norm_rows(const Cpu& cpu, const Norm& norm, View<const float> x, unsigned forms, const Activations& to) {
  norm_each(cpu, norm, x.rows, x.cols, forms, to, [&](int64_t i) { return x[i]; });
}

void norm_rows(const Cpu& cpu, const Norm& norm, View<const float> x, std::span<const int32_t> which,
               unsigned forms, const Activations& to) {
  norm_each(cpu, norm, static_cast<int64_t>(which.size()), x.cols, forms, to,
            [&](int64_t i) { return x[which[static_cast<size_t>(i)]]; });
}

}  // namespace tug::cpu
