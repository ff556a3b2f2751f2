// Hidden states in the computer's own memory.
#pragma once

#include <algorithm>

#include "backends/backend.h"
#include "platform/memory.h"

namespace tug {

class HostHidden : public HiddenStates {
 public:
  static int64_t bytes(int64_t rows_max, int64_t hidden) {
    return rows_max * hidden * static_cast<int64_t>(sizeof(float));
  }
  static Result<std::unique_ptr<HiddenStates>> make(int64_t rows_max, int64_t hidden, MemoryBudget& budget) {
    auto states = std::make_unique<HostHidden>(rows_max, hidden);
    states->arena_ = TUG_TRY(Arena::allocate(bytes(rows_max, hidden), budget, "the activations of a pass"));
    return std::unique_ptr<HiddenStates>(std::move(states));
  }
  HostHidden(int64_t rows_max, int64_t hidden) : HiddenStates(rows_max), hidden_(hidden) {}

  View<float> rows(int64_t count) const { return {reinterpret_cast<float*>(arena_.data()), count, hidden_}; }
  void set(int64_t row, std::span<const float> values) { std::ranges::copy(values, rows(row + 1)[row]); }

 private:
  int64_t hidden_;
  Arena arena_;
};

}  // namespace tug
