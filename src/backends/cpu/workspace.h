// The memory of a step, placed once: a block's buffers lie one after the other in one arena, and each thread
// has its own scratch. Nothing in a step allocates.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "backends/phases.h"
#include "kernels/kernels.h"
#include "platform/thread_pool.h"
#include "weights/store.h"

namespace tug::cpu {

/// Hands out buffers one after the other. Without memory it only counts: the same code measures and places.
class Bump {
 public:
  Bump() = default;
  explicit Bump(std::byte* memory) : memory_(memory) {}

  template <class T>
  T* take(int64_t count) {
    const int64_t at = used_;
    used_ += (count * static_cast<int64_t>(sizeof(T)) + 63) / 64 * 64;
    return memory_ ? reinterpret_cast<T*>(memory_ + at) : nullptr;
  }
  int64_t used() const { return used_; }

 private:
  std::byte* memory_ = nullptr;
  int64_t used_ = 0;
};

/// Tokens that panels are multiplied with at once, at most, and those panels; fewer tokens, more panels.
inline constexpr int64_t kTokensAtOnce = 64, kPanelsTogether = 8;
/// Rows that a block works on at once, at most; only a mixture of experts sees all rows of a pass together.
inline constexpr int64_t kRowsAtOnce = 512;
/// Taps of a short convolution, at most; models have 4.
inline constexpr int64_t kConvTapsMax = 16;

/// Calls work(first, count) -> Status for pieces of up to `at_once` of `rows`, until one fails.
template <class Work>
Status for_each_piece(int64_t rows, int64_t at_once, Work work) {
  for (int64_t first = 0; first < rows; first += at_once)
    TUG_TRY(work(first, std::min(at_once, rows - first)));
  return {};
}

struct ThreadScratch {
  alignas(64) float sums[2 * kTokensAtOnce * kFloatSums];  // of two panels
  alignas(64) float y[kTokensAtOnce * kPanelsTogether * kLanes];
};

/// What every block works with.
struct Cpu {
  const Kernels* kernels = nullptr;
  ThreadPool* pool = nullptr;
  WeightStore* store = nullptr;
  ThreadScratch* scratch = nullptr;  // of each thread
  std::byte* memory = nullptr;       // of the running block
  PhaseClock* phases = nullptr;

  const float* vector(const Vector& v) const { return store->vector(v).data(); }

  /// Calls work(index, thread) for every index; on this thread alone when `floats` touched each are few in
  /// all.
  template <class Work>
  void for_each(int64_t count, int64_t floats, Work work) const {
    constexpr int64_t kWorthAThread = 16 * 1024;  // a region costs 1 to 2 us, this many exps about 4 us
    if (count * floats < kWorthAThread) {
      for (int64_t i = 0; i < count; ++i) work(i, 0);
    } else {
      pool->run(count, work);
    }
  }
};

}  // namespace tug::cpu
