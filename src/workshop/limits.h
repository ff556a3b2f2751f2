// What the machine can do, measured with the threads and instructions that an engine uses.
#pragma once

#include "kernels/kernels.h"
#include "platform/memory.h"
#include "platform/thread_pool.h"

namespace tug {

struct Limits {
  double read = 0;               // bytes per second from memory, the best of several patterns
  double int8 = 0, float32 = 0;  // operations per second, a multiplication and an addition being two
  double drive = 0;              // bytes per second from the model's files; 0: not measured

  /// What the machine could do at one of two times.
  Limits better_of(const Limits& other) const;
};

/// Bytes per second of reading `memory`, or the front of it: the best of several patterns. Takes some
/// hundredths of a second. What fits into a cache is read from there, as a model that does would be.
double read_rate(const Kernels& kernels, int threads, ByteView memory);

class LimitMeter {
 public:
  /// Reads from `memory` where it is large enough, which must outlive the meter; else from its own. Errors:
  /// kOutOfMemory.
  static Result<LimitMeter> make(const Kernels& kernels, int threads, ByteView memory = {});
  /// A fraction of a second.
  Limits measure();

 private:
  LimitMeter(const Kernels& kernels, int threads)
      : kernels_(&kernels), pool_(std::make_unique<ThreadPool>(threads)) {}
  double read_at(Prefetch distances);
  template <class Work>
  double rate(Work work) const;

  const Kernels* kernels_;
  std::unique_ptr<ThreadPool> pool_;
  Arena own_;
  ByteView memory_;
  int64_t next_ = 0;  // what of it will be read next
};

}  // namespace tug
