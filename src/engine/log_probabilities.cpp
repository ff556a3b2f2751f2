#include "engine/log_probabilities.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/exact_math.h"
#include "base/units.h"

namespace tug {

Status check_finite(std::span<const float> logits, int64_t tokens) {
  if (std::all_of(logits.begin(), logits.end(), [](float logit) { return std::isfinite(logit); })) return {};
  return Error(ErrorCode::kCorrupt, "After " + format_count(tokens) +
                                        " tokens the model's logits are not all finite numbers; its weights "
                                        "are broken, or made for another format.");
}

double log_sum_exp(std::span<const float> logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits) sum += exact_exp(static_cast<double>(logit) - largest);
  return largest + exact_log(sum);
}

std::vector<TokenProbability> most_likely(std::span<const float> logits, double log_sum, int64_t count) {
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto last = ids.begin() + std::min(count, static_cast<int64_t>(ids.size()));
  std::partial_sort(ids.begin(), last, ids.end(), [&](int32_t a, int32_t b) {
    const float x = logits[static_cast<size_t>(a)], y = logits[static_cast<size_t>(b)];
    return x != y ? x > y : a < b;
  });
  std::vector<TokenProbability> top;
  for (auto id = ids.begin(); id != last; ++id)
    top.push_back({*id, logits[static_cast<size_t>(*id)] - log_sum});
  return top;
}

}  // namespace tug
