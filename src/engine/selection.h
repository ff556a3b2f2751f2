// Where a sorted vocabulary would be cut, found without sorting it: a few passes, each of which leaves a
// small part of the numbers in question.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "kernels/kernels.h"

namespace tug {

/// The first numbers of a list, sorted from the largest down, of equals the lower index first: all x[i] >
/// value, and the x[i] == value with i < end.
struct Cut {
  float value = -std::numeric_limits<float>::infinity();
  size_t end = std::numeric_limits<size_t>::max();
};

class Selection {
 public:
  explicit Selection(const Kernels& kernels) : kernels_(&kernels) {}

  /// The fewest first numbers, one at least, whose weights reach `target`; `total` is the sum of all weights.
  /// Equal numbers have equal weights; null: each weighs 1. All numbers when rounding keeps them from
  /// reaching it. No NaN.
  Cut cut(std::span<const float> x, const float* weights, double total, double target);

  /// The indices of the numbers before the cut, ascending. Valid until the next call.
  std::span<const int32_t> chosen(std::span<const float> x, const Cut& cut);

 private:
  struct Item {
    float x, weight;
    bool operator>(const Item& other) const { return x > other.x; }
  };
  struct Bracket {
    float low, high;
  };
  struct Sums {
    double above = 0, between = 0;
    int64_t count = 0;  // of those between
  };
  Item item(size_t i) const { return {x_[i], weights_ ? weights_[i] : 1.0f}; }
  void ask(std::span<const float> x, const float* weights) { x_ = x, weights_ = weights; }
  Bracket bracket(double tail, bool narrow);
  void add_chunk(size_t begin, size_t end, float low, float high, bool list, Sums& sums);
  Sums sum(float low, float high, bool list);
  void keep_listed(int64_t count);
  size_t end_of(float value, int64_t taken);
  struct Place {
    float value;
    int64_t taken, equal;  // of the numbers that equal value
  };
  Place find(double total, double target);
  Place find_sorted(double target);

  const Kernels* kernels_;
  std::span<const float> x_;        // the numbers in question: a run of the sorted list
  const float* weights_ = nullptr;  // null: each 1
  std::vector<int32_t> listed_;     // indices; grows to the largest list and a vector
  std::vector<float> kept_x_[2], kept_weights_[2];
  std::vector<Item> sorted_;
};

}  // namespace tug
