#include "workshop/policy_replay.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

#include "weights/cache_policy.h"

namespace tug {
namespace {

/// The trace with experts numbered from 0.
struct Trace {
  std::vector<std::vector<size_t>> requests;
  size_t experts = 0, warm_up = 0, blocks = 0;

  Trace(std::span<const CountingStore::Request> all, size_t warm) : warm_up(warm) {
    std::map<std::pair<int32_t, int32_t>, size_t> numbers;
    std::map<int32_t, int> seen_blocks;
    for (const CountingStore::Request& request : all) {
      seen_blocks[request.block] = 1;
      auto& own = requests.emplace_back();
      for (const int32_t expert : request.experts)
        own.push_back(numbers.try_emplace({request.block, expert}, numbers.size()).first->second);
    }
    experts = numbers.size(), blocks = seen_blocks.size();
  }

  /// Calls visit(expert, counts) -> hit for all, of a request those first that `inside` knows; returns the
  /// rate.
  double rate(const std::function<bool(size_t)>& inside,
              const std::function<void(size_t, bool hit)>& visit) const {
    int64_t hits = 0, all = 0;
    for (size_t r = 0; r < requests.size(); ++r) {
      std::vector<size_t> own = requests[r];
      const auto missing = std::stable_partition(own.begin(), own.end(), inside);
      if (r >= warm_up) hits += missing - own.begin(), all += static_cast<int64_t>(own.size());
      for (auto it = own.begin(); it != own.end(); ++it) visit(*it, it < missing);
    }
    return all > 0 ? static_cast<double>(hits) / static_cast<double>(all) : 0;
  }
};

/// The expert with the lowest score makes room. touch(expert, now) comes before score(expert, now).
double by_score(const Trace& trace, size_t places, const std::function<void(size_t, double)>& touch,
                const std::function<double(size_t, double)>& score) {
  std::vector<size_t> residents;
  std::vector<bool> inside(trace.experts);
  double now = 0;
  return trace.rate([&](size_t expert) { return inside[expert]; },
                    [&](size_t expert, bool hit) {
                      touch(expert, ++now);
                      if (hit) return;
                      if (residents.size() >= places) {
                        const auto victim = std::min_element(
                            residents.begin(), residents.end(),
                            [&](size_t a, size_t b) { return score(a, now) < score(b, now); });
                        inside[*victim] = false;
                        *victim = expert;
                      } else {
                        residents.push_back(expert);
                      }
                      inside[expert] = true;
                    });
}

double lru(const Trace& trace, size_t places) {
  std::vector<double> last(trace.experts);
  return by_score(
      trace, places, [&](size_t e, double now) { last[e] = now; }, [&](size_t e, double) { return last[e]; });
}

/// Frequency, where asking counts half after `half_life` accesses.
double lfu(const Trace& trace, size_t places, double half_life) {
  CachePolicy policy(trace.experts, half_life);
  return by_score(
      trace, places, [&](size_t e, double) { policy.tick(), policy.touch(e); },
      [&](size_t e, double) { return policy.score(e); });
}

double lfru(const Trace& trace, size_t places) {
  std::vector<double> counts(trace.experts), last(trace.experts);
  return by_score(
      trace, places, [&](size_t e, double now) { ++counts[e], last[e] = now; },
      [&](size_t e, double now) { return counts[e] / (now - last[e] + 1); });
}

double belady(const Trace& trace, size_t places) {
  std::vector<std::deque<double>> uses(trace.experts);
  double at = 0;
  for (const auto& request : trace.requests) {
    for (const size_t expert : request) uses[expert].push_back(at);
    ++at;
  }
  const auto next = [&](size_t e) {
    return uses[e].empty() ? std::numeric_limits<double>::infinity() : uses[e].front();
  };
  return by_score(
      trace, places, [&](size_t e, double) { uses[e].pop_front(); },
      [&](size_t e, double) { return -next(e); });
}

double best_static(const Trace& trace, size_t places) {
  std::vector<int64_t> counts(trace.experts);
  for (size_t r = trace.warm_up; r < trace.requests.size(); ++r) {
    for (const size_t expert : trace.requests[r]) ++counts[expert];
  }
  std::sort(counts.begin(), counts.end(), std::greater<>());
  const auto all = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  counts.resize(std::min(counts.size(), places));
  return all > 0 ? static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0})) /
                       static_cast<double>(all)
                 : 0;
}

double slru(const Trace& trace, size_t places) {
  enum : uint8_t { kOutside, kProbation, kProtected };
  std::vector<uint8_t> where(trace.experts, kOutside);
  std::deque<size_t> probation, protect;  // the oldest first
  const auto remove = [](std::deque<size_t>& from, size_t expert) {
    from.erase(std::find(from.begin(), from.end(), expert));
  };
  return trace.rate([&](size_t e) { return where[e] != kOutside; },
                    [&](size_t e, bool hit) {
                      if (!hit) {
                        if (probation.size() + protect.size() >= places) {
                          auto& from = probation.empty() ? protect : probation;
                          where[from.front()] = kOutside;
                          from.pop_front();
                        }
                        probation.push_back(e), where[e] = kProbation;
                        return;
                      }
                      remove(where[e] == kProtected ? protect : probation, e);
                      protect.push_back(e), where[e] = kProtected;
                      if (protect.size() <= places * 8 / 10) return;
                      probation.push_back(protect.front()), where[protect.front()] = kProbation;
                      protect.pop_front();
                    });
}

double s3fifo(const Trace& trace, size_t places) {
  const size_t small_places = std::max<size_t>(1, places / 10);
  std::vector<uint8_t> inside(trace.experts), uses(trace.experts), ghost(trace.experts);
  std::deque<size_t> small, main, ghosts;
  const auto evict_main = [&] {
    while (true) {
      const size_t e = main.front();
      main.pop_front();
      if (uses[e] == 0) {
        inside[e] = 0;
        return;
      }
      --uses[e], main.push_back(e);
    }
  };
  const auto evict = [&] {
    while (small.size() > small_places || main.empty()) {
      const size_t e = small.front();
      small.pop_front();
      if (uses[e] > 1) {
        uses[e] = 0, main.push_back(e);
        continue;
      }
      inside[e] = 0, ghost[e] = 1, ghosts.push_back(e);
      if (ghosts.size() > places) ghost[ghosts.front()] = 0, ghosts.pop_front();
      return;
    }
    evict_main();
  };
  return trace.rate([&](size_t e) { return inside[e] != 0; },
                    [&](size_t e, bool hit) {
                      if (hit) {
                        uses[e] = std::min<uint8_t>(3, uses[e] + 1);
                        return;
                      }
                      if (small.size() + main.size() >= places) evict();
                      (ghost[e] ? main : small).push_back(e);
                      inside[e] = 1, uses[e] = 0;
                    });
}

}  // namespace

std::vector<Replayed> replay_policies(std::span<const CountingStore::Request> all, size_t warm_up,
                                      int64_t places) {
  const Trace trace(all, warm_up);
  if (places < 1 || trace.requests.empty()) return {};
  double accesses = 0;
  for (const auto& request : trace.requests) accesses += static_cast<double>(request.size());
  const double a_token =
      accesses / static_cast<double>(trace.requests.size()) * static_cast<double>(trace.blocks);
  const auto n = static_cast<size_t>(places);
  return {{"lru", lru(trace, n)},
          {"lfu", lfu(trace, n, std::numeric_limits<double>::infinity())},
          {"decayed", lfu(trace, n, kHalfLifeTokens * a_token)},
          {"lfru", lfru(trace, n)},
          {"slru", slru(trace, n)},
          {"s3fifo", s3fifo(trace, n)},
          {"static", best_static(trace, n)},
          {"belady", belady(trace, n)}};
}

}  // namespace tug
