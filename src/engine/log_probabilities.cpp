#include "engine/log_probabilities.h"

#include <algorithm>
#include <cmath>
#include <queue>

#include "backends/kernels_of.h"
#include "base/exact_math.h"
#include "base/units.h"

namespace tug {
namespace {

constexpr size_t kBlock = 512;

/// A logit, and where it stands; or the largest of a block, and where the block begins.
struct Candidate {
  float logit;
  size_t index;
};
struct Better {
  bool operator()(const Candidate& a, const Candidate& b) const {
    return a.logit > b.logit || (a.logit == b.logit && a.index < b.index);
  }
};
struct Worse {
  bool operator()(const Candidate& a, const Candidate& b) const { return Better()(b, a); }
};

Peak peak_of(std::span<const float> logits) {
  return best_kernels().peak(logits.data(), static_cast<int64_t>(logits.size()));
}

}  // namespace

Result<float> largest_logit(std::span<const float> logits, int64_t tokens) {
  const Peak peak = peak_of(logits);
  if (std::isfinite(peak.magnitude)) return peak.max;
  return Error(ErrorCode::kCorrupt, "After " + format_count(tokens) +
                                        " tokens the model's logits are not all finite numbers; its weights "
                                        "are broken, or made for another format.");
}

double log_sum_exp(std::span<const float> logits, float largest) {
  const auto size = static_cast<int64_t>(logits.size());
  return largest + exact_log(best_kernels().precise_exp_sum(logits.data(), size, largest));
}

std::vector<TokenProbability> most_likely(std::span<const float> logits, double log_sum, int64_t count) {
  count = std::min(count, static_cast<int64_t>(logits.size()));
  if (count <= 0) return {};
  // From the block with the largest logit on, until the next one has none that is better than the worst.
  std::priority_queue<Candidate, std::vector<Candidate>, Worse> blocks;
  for (size_t first = 0; first < logits.size(); first += kBlock)
    blocks.push({peak_of(logits.subspan(first, std::min(kBlock, logits.size() - first))).max, first});
  std::priority_queue<Candidate, std::vector<Candidate>, Better> top;
  const auto wanted = [&](const Candidate& other) {
    return std::ssize(top) < count || Better()(other, top.top());
  };
  for (; !blocks.empty() && wanted(blocks.top()); blocks.pop()) {
    const size_t first = blocks.top().index;
    for (size_t i = first; i < std::min(first + kBlock, logits.size()); ++i) {
      if (!wanted({logits[i], i})) continue;
      if (std::ssize(top) == count) top.pop();
      top.push({logits[i], i});
    }
  }
  std::vector<TokenProbability> best(top.size());
  for (size_t place = top.size(); place-- > 0; top.pop())
    best[place] = {static_cast<int32_t>(top.top().index), top.top().logit - log_sum};
  return best;
}

}  // namespace tug
