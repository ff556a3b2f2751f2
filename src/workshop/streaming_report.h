// What of a test's weights came from the drive, and what that allows.
#pragma once

#include <vector>

#include "workshop/bench_report.h"

namespace tug {

class Streaming {
 public:
  /// `tokens`: of one sample.
  Streaming(const Sample& warm_up, const std::vector<Sample>& samples, double tokens);

  /// Seconds that a token takes at least. Decode: the dense part from memory, then block by block the slower
  /// of its hits from memory and its misses from the drive. A prompt: all its reads, or `resident`, what it
  /// takes without any.
  double seconds(const Test& test, double resident, double cache_bytes, const Limits& limits) const;
  Json json(const Limits& limits) const;

 private:
  double tokens_;  // of all samples
  int64_t bytes_ = 0, expert_bytes_ = 0;
  StoreStats stats_;
  std::vector<CountingStore::Request> trace_;
  size_t warm_up_;  // requests of the trace
};

}  // namespace tug
