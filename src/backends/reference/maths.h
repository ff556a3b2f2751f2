// Vectors of float32, sums in double.
#pragma once

#include <cmath>
#include <map>
#include <span>
#include <vector>

#include "plan/plan.h"
#include "weights/store.h"

namespace tug::reference {

using Floats = std::vector<float>;
using FloatView = std::span<const float>;

inline double dot(FloatView a, FloatView b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
inline double silu(double x) { return x * sigmoid(x); }
inline double softplus(double x) { return x > 20 ? x : std::log1p(std::exp(x)); }

/// exp(x - max) / sum, in place.
void softmax(Floats& x);

/// The weights of one unit, all landed, and what is done with them.
class Weights {
 public:
  /// Errors: why the unit cannot be had.
  static Result<Weights> of(WeightStore& store, UnitId unit);

  /// W x + bias.
  Floats apply(const Linear& linear, FloatView x) const;
  FloatView vector(const Vector& vector) const { return store_->vector(vector); }
  /// RMSNorm of x (arXiv 1910.07467).
  Floats norm(const Norm& norm, FloatView x) const;
  WeightStore& store() const { return *store_; }

 private:
  Weights(WeightStore& store, UnitId unit) : store_(&store), lease_(store.request(unit)) {}
  WeightStore* store_;
  Lease lease_;
  std::map<const Linear*, const float*> matrices_;  // row-major
};

/// down(silu(gate(x)) * up(x)).
Floats swiglu(const DenseFfn& ffn, const Weights& weights, FloatView x);

}  // namespace tug::reference
