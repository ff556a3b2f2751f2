#include "workshop/streaming_report.h"

#include <algorithm>

#include "workshop/policy_replay.h"

namespace tug {

Streaming::Streaming(const Sample& warm_up, const std::vector<Sample>& samples, double tokens)
    : tokens_(tokens * static_cast<double>(samples.size())),
      trace_(warm_up.count.requests),
      warm_up_(trace_.size()) {
  for (const Sample& sample : samples) {
    bytes_ += sample.count.bytes;
    stats_ += sample.count.stats;
    for (const CountingStore::Request& request : sample.count.requests) {
      trace_.push_back(request);
      expert_bytes_ += (request.hits + request.misses) * request.expert_bytes;
    }
  }
}

double Streaming::seconds(const Test& test, double resident, double cache_bytes, const Limits& limits) const {
  if (test.prompt > 0)
    return std::max(resident, static_cast<double>(stats_.bytes_read) / tokens_ / limits.drive);
  double seconds = static_cast<double>(bytes_ - expert_bytes_) / limits.read;
  for (size_t i = warm_up_; i < trace_.size(); ++i) {
    const auto bytes = static_cast<double>(trace_[i].expert_bytes);
    const double missed = static_cast<double>(trace_[i].misses) * bytes;
    seconds += std::max(missed / limits.drive, static_cast<double>(trace_[i].hits) * bytes / limits.read);
  }
  return (seconds + static_cast<double>(stats_.dense_bytes_read) / limits.drive) / tokens_ +
         cache_bytes / limits.read;
}

Json Streaming::json(const Limits& limits) const {
  const auto asked = static_cast<double>(stats_.hits + stats_.misses);
  Json policies = Json::object();
  for (const Replayed& replayed : replay_policies(trace_, warm_up_, stats_.places))
    policies.set(replayed.policy, replayed.hit_rate);
  return Json::object(
      {{"drive_gbps", limits.drive / 1e9},
       {"read_bytes", static_cast<double>(stats_.bytes_read) / tokens_},
       {"expert_places", stats_.places},
       {"hit_rate", asked > 0 ? static_cast<double>(stats_.hits) / asked : 1},
       {"foreseen",
        stats_.misses > 0 ? static_cast<double>(stats_.foreseen) / static_cast<double>(stats_.misses) : 0},
       {"stall_ms", stats_.stall_seconds / tokens_ * 1e3},
       {"hit_rates", std::move(policies)}});
}

}  // namespace tug
