// Rotary positions (arXiv 2104.09864), with YaRN (arXiv 2309.00071).
#pragma once

#include <vector>

#include "plan/plan.h"

namespace tug::cpu {

class RopeTable {
 public:
  RopeTable() = default;
  explicit RopeTable(const Rope& rope);

  /// Pairs (i, i + pairs) of a head's first numbers are rotated.
  int64_t pairs() const { return static_cast<int64_t>(frequencies_.size()); }

  /// cosines, sines [pairs] of a position. Angles are float32, as in Hugging Face transformers.
  void angles(int64_t position, float* cosines, float* sines) const;

 private:
  std::vector<float> frequencies_;
  double factor_ = 1;
};

/// Rotates one head in place.
void rotate(const float* cosines, const float* sines, int64_t pairs, float* head);

}  // namespace tug::cpu
