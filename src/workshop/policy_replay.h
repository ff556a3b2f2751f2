// Which experts a cache of so many places would have had, by policy, for a recorded trace of requests.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "workshop/counting_store.h"

namespace tug {

struct Replayed {
  std::string policy;
  double hit_rate = 0;  // of the requests that count
};

/// Replays the trace from an empty cache of `places` experts; the first `warm_up` requests do not count. The
/// policies, from those that could be built to those that know the future: lru; lfu; decayed (lfu where
/// asking counts half after 256 tokens: what StreamedStore does); lfru (frequency over age); slru (Karedla et
/// al. 1994, 80 % protected); s3fifo (Yang et al. 2023); static (the best set that never changes); belady
/// (whoever is asked for last goes, 1966).
std::vector<Replayed> replay_policies(std::span<const CountingStore::Request> trace, size_t warm_up,
                                      int64_t places);

}  // namespace tug
