// One draw from logits: the tokens that the settings leave, each as likely as its weight.
#pragma once

#include <span>
#include <vector>

#include "engine/selection.h"
#include "tugboat/types.h"

namespace tug {

/// Scratch for draws, megabytes for a large vocabulary: to be kept, one for each thread.
class Lottery {
 public:
  explicit Lottery(const Kernels& kernels) : kernels_(&kernels), selection_(kernels) {}

  /// Top-k, top-p, min-p, then the token where `uniform` in [0, 1) falls, all left in the order of their ids.
  /// `top` is the largest logit and finite; no logit is NaN. The temperature is above 0.
  int32_t draw(std::span<const float> logits, float top, const Sampling& sampling, double uniform);

 private:
  template <class Sum>
  void for_each_block(Sum sum);
  void weigh(float top, double temperature);
  void keep(const Cut& cut);
  void keep_from(float weight);
  size_t find(double uniform) const;

  const Kernels* kernels_;
  Selection selection_;
  std::span<const float> x_;     // logits
  std::vector<float> weights_;   // of x_; 0: cut
  std::vector<double> sums_;     // of blocks of weights_
  double total_ = 0;             // of sums_
  std::vector<int32_t> tokens_;  // of x_, when it holds but the top k
  std::vector<float> few_;       // their logits
};

}  // namespace tug
