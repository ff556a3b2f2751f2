// The one thread pool. A region runs a function for every task index on all threads; between regions the
// workers spin for a moment, then yield, then park. Results never depend on who ran which task.
#pragma once

#include <cstdint>
#include <memory>

#include "base/function_ref.h"

namespace tug {

class ThreadPool {
 public:
  /// `threads` counts the calling thread; 1 starts no worker.
  explicit ThreadPool(int threads);
  ~ThreadPool();

  int threads() const { return threads_; }

  /// Calls task(index, thread) for every index in [0, count) and returns when all are done. Threads take the
  /// next index when they are free. One caller at a time; tasks must not throw and must not start a region.
  void run(int64_t count, FunctionRef<void(int64_t index, int thread)> task);

  /// The same with task(first, n, thread) for runs of indices: long ones at first, so that a thread reads
  /// forward, and shorter ones towards the end, so that all finish together.
  void run_shared(int64_t count, FunctionRef<void(int64_t first, int64_t n, int thread)> task);

 private:
  struct Shared;
  int threads_;
  std::unique_ptr<Shared> shared_;
};

}  // namespace tug
