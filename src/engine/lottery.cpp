#include "engine/lottery.h"

#include <algorithm>
#include <cmath>

namespace tug {
namespace {

constexpr size_t kBlock = 1024;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

/// Calls sum(first, count) -> float for every block of x_ and keeps the results.
template <class Sum>
void Lottery::for_each_block(Sum sum) {
  sums_.clear();
  total_ = 0;
  for (size_t first = 0; first < x_.size(); first += kBlock) {
    sums_.push_back(sum(first, static_cast<int64_t>(std::min(kBlock, x_.size() - first))));
    total_ += sums_.back();
  }
}

void Lottery::weigh(float top, double temperature) {
  const auto factor = static_cast<float>(std::min(1 / temperature, 1e38));
  weights_.resize(x_.size());
  for_each_block([&](size_t first, int64_t count) {
    return kernels_->exp_sum(&x_[first], count, top, factor, &weights_[first]);
  });
}

void Lottery::keep(const Cut& cut) {
  const auto keep_part = [&](size_t first, size_t end) {
    const float low = first < cut.end ? cut.value : std::nextafter(cut.value, kInfinity);
    return kernels_->keep_from(&x_[first], low, static_cast<int64_t>(end - first), &weights_[first]);
  };
  for_each_block([&](size_t first, int64_t count) {
    const size_t end = first + static_cast<size_t>(count);
    if (first >= cut.end || end <= cut.end) return keep_part(first, end);
    return keep_part(first, cut.end) + keep_part(cut.end, end);
  });
}

void Lottery::keep_from(float weight) {
  for_each_block([&](size_t first, int64_t count) {
    return kernels_->keep_from(&weights_[first], weight, count, &weights_[first]);
  });
}

/// Index where `uniform` falls.
size_t Lottery::find(double uniform) const {
  double left = uniform * total_;
  size_t block = 0;
  for (size_t i = 0; i < sums_.size(); ++i) {  // rounding may leave a bit: then it is the last that has any
    if (sums_[i] > 0) block = i;
    if (left < sums_[i]) break;
    left -= sums_[i];
  }
  size_t found = block * kBlock;
  for (size_t i = found; i < std::min(found + kBlock, weights_.size()); ++i) {
    if (weights_[i] > 0) found = i;
    left -= weights_[i];
    if (left < 0) break;
  }
  return found;
}

int32_t Lottery::draw(std::span<const float> logits, float top, const Sampling& sampling, double uniform) {
  x_ = logits;
  tokens_.clear();
  const auto size = static_cast<int64_t>(logits.size());
  const bool some = sampling.top_k > 0 && sampling.top_k < size;
  const Cut first =
      some ? selection_.cut(x_, nullptr, static_cast<double>(size), static_cast<double>(sampling.top_k))
           : Cut();
  // So few are worth a list of their own; of equals that the cut parts, not all would weigh the same.
  const bool few = some && (sampling.top_k <= size / 2 || first.end < logits.size());
  if (few) {
    const auto chosen = selection_.chosen(x_, first);
    tokens_.assign(chosen.begin(), chosen.end());
    few_.resize(tokens_.size());
    std::transform(tokens_.begin(), tokens_.end(), few_.begin(),
                   [&](int32_t token) { return logits[static_cast<size_t>(token)]; });
    x_ = few_;
  }
  weigh(top, sampling.temperature);
  if (some && !few) keep(first);
  if (sampling.top_p < 1) keep(selection_.cut(x_, weights_.data(), total_, sampling.top_p * total_));
  if (sampling.min_p > 0) keep_from(static_cast<float>(sampling.min_p));
  const size_t found = find(uniform);
  return few ? tokens_[found] : static_cast<int32_t>(found);
}

}  // namespace tug
