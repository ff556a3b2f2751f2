#include "backends/cpu/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/exact_math.h"

namespace tug::cpu {
namespace {

/// The dimension whose wave turns `rotations` times over the original context.
double correction_dim(const Rope& rope, double rotations) {
  const double waves = rope.yarn->original_context / (rotations * 2 * std::numbers::pi);
  return static_cast<double>(rope.dims) * exact_log(waves) / (2 * exact_log(rope.theta));
}

/// How much of dimension i is interpolated: 0 keeps its frequency, 1 divides it by the factor.
double yarn_ramp(const Rope& rope, int64_t i) {
  double low = correction_dim(rope, rope.yarn->beta_fast), high = correction_dim(rope, rope.yarn->beta_slow);
  if (rope.yarn->truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(rope.dims - 1));
  if (low == high) high += 0.001;
  return std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
}

double frequency(const Rope& rope, int64_t i) {
  const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(rope.dims);
  const double plain = exact_exp(exponent * exact_log(rope.theta));
  if (!rope.yarn) return plain;
  const double ramp = yarn_ramp(rope, i);
  return plain / rope.yarn->factor * ramp + plain * (1 - ramp);
}

}  // namespace

RopeTable::RopeTable(const Rope& rope) : factor_(rope.yarn ? rope.yarn->attention_factor : 1) {
  for (int64_t i = 0; i < rope.dims / 2; ++i) frequencies_.push_back(static_cast<float>(frequency(rope, i)));
}

void RopeTable::angles(int64_t position, float* cosines, float* sines) const {
  for (int64_t i = 0; i < pairs(); ++i) {
    const float angle = static_cast<float>(position) * frequencies_[static_cast<size_t>(i)];
    cosines[i] = static_cast<float>(exact_cos(static_cast<double>(angle)) * factor_);
    sines[i] = static_cast<float>(exact_sin(static_cast<double>(angle)) * factor_);
  }
}

void rotate(const float* cosines, const float* sines, int64_t pairs, float* head) {
  for (int64_t i = 0; i < pairs; ++i) {
    const float a = head[i], b = head[i + pairs];
    head[i] = a * cosines[i] - b * sines[i];
    head[i + pairs] = b * cosines[i] + a * sines[i];
  }
}

}  // namespace tug::cpu
