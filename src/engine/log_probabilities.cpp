#include "engine/log_probabilities.h"

#include <algorithm>
#include <cmath>

#include "backends/kernels_of.h"
#include "base/exact_math.h"
#include "base/units.h"
#include "engine/selection.h"

namespace tug {
namespace {

Peak peak_of(std::span<const float> logits) {
  return best_kernels().peak(logits.data(), static_cast<int64_t>(logits.size()));
}

}  // namespace

Status check_finite(std::span<const float> logits, int64_t tokens) {
  if (std::isfinite(peak_of(logits).magnitude)) return {};
  return Error(ErrorCode::kCorrupt, "After " + format_count(tokens) +
                                        " tokens the model's logits are not all finite numbers; its weights "
                                        "are broken, or made for another format.");
}

double log_sum_exp(std::span<const float> logits) {
  const double largest = peak_of(logits).max;
  const auto size = static_cast<int64_t>(logits.size());
  return largest + exact_log(best_kernels().precise_exp_sum(logits.data(), size, largest));
}

std::vector<TokenProbability> most_likely(std::span<const float> logits, double log_sum, int64_t count) {
  thread_local Selection selection(best_kernels());  // megabytes, for all requests of an engine
  count = std::min(count, static_cast<int64_t>(logits.size()));
  if (count <= 0) return {};
  const Cut cut =
      selection.cut(logits, nullptr, static_cast<double>(logits.size()), static_cast<double>(count));
  std::vector<TokenProbability> top;
  for (const int32_t token : selection.chosen(logits, cut))
    top.push_back({token, logits[static_cast<size_t>(token)] - log_sum});
  std::stable_sort(top.begin(), top.end(), [](const TokenProbability& a, const TokenProbability& b) {
    return a.log_probability > b.log_probability;
  });
  return top;
}

}  // namespace tug
