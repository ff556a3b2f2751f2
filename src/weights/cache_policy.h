// Which unit has to make room: the one that was asked for least, where asking counts less the longer ago it
// was (least frequently used, with decay). A pure function of the requests.
#pragma once

#include <cstddef>
#include <vector>

namespace tug {

/// Tokens after which having asked for an expert counts half.
inline constexpr double kHalfLifeTokens = 256;

class CachePolicy {
 public:
  /// An asking counts half after so many steps of time.
  explicit CachePolicy(size_t units, double half_life);

  /// Time goes on by one step.
  void tick();
  void touch(size_t unit) { scores_[unit] += now_; }
  /// Units with the lower score go first.
  double score(size_t unit) const { return scores_[unit]; }

 private:
  // Instead of letting all scores decay, new ones count more.
  std::vector<double> scores_;
  double now_ = 1, growth_;
};

}  // namespace tug
