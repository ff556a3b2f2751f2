// The small vectors of a plan as float32, in memory.
#pragma once

#include <span>
#include <vector>

#include "files/checkpoint.h"
#include "plan/plan.h"

namespace tug {

class Vectors {
 public:
  /// Errors: kIo; kCorrupt for numbers that are not finite.
  static Result<Vectors> load(const Checkpoint& checkpoint, const Plan& plan);

  /// Empty when the vector is absent.
  std::span<const float> of(const Vector& vector) const {
    if (vector.size == 0) return {};
    return vectors_[static_cast<size_t>(vector.id)];
  }

 private:
  std::vector<std::vector<float>> vectors_;
};

}  // namespace tug
