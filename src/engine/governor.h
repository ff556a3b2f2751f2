// Keeps the memory of a streamed model within what the machine and the control groups leave while it runs.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "weights/store.h"

namespace tug {

/// What a store should take, or give back if it is negative, when so much headroom is left. `memory` is what
/// the model may use in all. Below a thirty-second part of it (32 MB to 1 GB) it gives; above three times
/// that it takes, an eighth of the memory at once at most; where tasks wait for memory it gives a
/// thirty-second part.
int64_t memory_change(int64_t headroom, double pressure, int64_t memory);

class Governor {
 public:
  /// Looks several times a second until it dies; more often while memory is short. The store must outlive it.
  /// `root`: see memory_headroom().
  Governor(WeightStore& store, int64_t memory, std::string root = "");
  ~Governor();

 private:
  void watch();

  WeightStore& store_;
  const int64_t memory_;
  const std::string root_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tug
