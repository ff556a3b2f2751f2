#include "backends/reference/maths.h"

#include <algorithm>

#include "base/check.h"

namespace tug::reference {

void softmax(Floats& x) {
  const double largest = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (float value : x) sum += std::exp(value - largest);
  for (float& value : x) value = static_cast<float>(std::exp(value - largest) / sum);
}

Result<Weights> Weights::of(WeightStore& store, UnitId unit) {
  Weights weights(store, unit);
  do {
    for (const Part& part : weights.lease_.take()) {
      if (part.error) return *part.error;
      weights.matrices_[part.linear] = reinterpret_cast<const float*>(part.packed.data());
    }
  } while (!weights.lease_.done());
  return weights;
}

Floats Weights::apply(const Linear& linear, FloatView x) const {
  const Matrix& matrix = linear.weight;
  const FloatView bias = vector(linear.bias);
  const float* row = matrices_.at(&linear);
  Floats y;
  for (int64_t r = 0; r < matrix.rows; ++r, row += matrix.cols) {
    const double offset = bias.empty() ? 0 : bias[static_cast<size_t>(r)];
    y.push_back(static_cast<float>(dot(x, {row, x.size()}) + offset));
  }
  return y;
}

Floats Weights::norm(const Norm& norm, FloatView x) const {
  const double scale = 1 / std::sqrt(dot(x, x) / static_cast<double>(x.size()) + norm.eps);
  const FloatView weight = vector(norm.weight);
  Floats y(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    y[i] = static_cast<float>(x[i] * scale * (weight[i] + (norm.zero_centred ? 1.0 : 0.0)));
  }
  return y;
}

Floats swiglu(const DenseFfn& ffn, const Weights& weights, FloatView x) {
  Floats gate = weights.apply(ffn.gate, x);
  const Floats up = weights.apply(ffn.up, x);
  for (size_t i = 0; i < gate.size(); ++i) gate[i] = static_cast<float>(silu(gate[i]) * up[i]);
  return weights.apply(ffn.down, gate);
}

}  // namespace tug::reference
