#include "platform/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/check.h"

namespace tug {
namespace {

/// How often a waiting thread looks, then how often it lets others run in between, before it parks: some tens
/// of microseconds each.
constexpr int kSpins = 1000, kYields = 50;
/// A run of indices is what is left, divided by 1.25 for each thread: the longer it is the better it is read.
constexpr int64_t kSharesOfFour = 5;

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Where threads wait for a signal that seldom takes long.
class Bell {
 public:
  template <class Ready>
  void wait(Ready ready) {
    for (int spin = 0; spin < kSpins; ++spin) {
      if (ready()) return;
      relax();
    }
    for (int yield = 0; yield < kYields; ++yield) {
      if (ready()) return;
      std::this_thread::yield();
    }
    std::unique_lock lock(mutex_);
    ++parked_;
    signal_.wait(lock, ready);
    --parked_;
  }
  /// After what makes the waiting threads ready. Both sides are sequentially consistent: either the ringer
  /// sees that a thread has parked, or that thread sees that it is ready.
  void ring() {
    if (parked_.load() == 0) return;
    { const std::lock_guard lock(mutex_); }
    signal_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable signal_;
  std::atomic<int> parked_{0};
};

}  // namespace

struct ThreadPool::Shared {
  using Task = FunctionRef<void(int64_t, int64_t, int)>;

  // Written by the thread that starts a region, read by all.
  alignas(64) std::atomic<uint64_t> region{0};  // counts up when a region starts
  std::atomic<bool> stopping{false};
  int64_t count = 0;
  int64_t shares = 0;  // of four times what is left; 0: indices are taken one by one
  const Task* task = nullptr;

  alignas(64) std::atomic<int64_t> next{0};  // the next index to take
  alignas(64) std::atomic<int> working{0};   // workers that have not finished the region
  alignas(64) Bell started;
  alignas(64) Bell finished;
  std::vector<std::thread> workers;

  void take_tasks(int thread) {
    int64_t first = next.load(std::memory_order_relaxed);
    while (first < count) {
      const int64_t n = shares == 0 ? 1 : std::max<int64_t>(1, 4 * (count - first) / shares);
      if (!next.compare_exchange_weak(first, first + n, std::memory_order_relaxed)) continue;
      (*task)(first, n, thread);
      first = next.load(std::memory_order_relaxed);
    }
  }

  void work(int thread) {
    uint64_t seen = 0;
    while (true) {
      started.wait([&] { return region.load() != seen; });
      ++seen;
      if (stopping.load()) return;
      take_tasks(thread);
      if (working.fetch_sub(1) == 1) finished.ring();
    }
  }

  void start_region() {
    region.fetch_add(1);
    started.ring();
  }

  void run(int64_t indices, int64_t of_what_is_left, const Task& what, int threads) {
    count = indices;
    shares = of_what_is_left;
    task = &what;
    next.store(0, std::memory_order_relaxed);
    working.store(threads - 1, std::memory_order_relaxed);
    start_region();
    take_tasks(0);
    finished.wait([&] { return working.load() == 0; });
  }
};

ThreadPool::ThreadPool(int threads) : threads_(threads), shared_(std::make_unique<Shared>()) {
  TUG_CHECK(threads >= 1);
  for (int thread = 1; thread < threads; ++thread) {
    shared_->workers.emplace_back([shared = shared_.get(), thread] { shared->work(thread); });
  }
}

ThreadPool::~ThreadPool() {
  shared_->stopping.store(true);
  shared_->start_region();
  for (std::thread& worker : shared_->workers) worker.join();
}

void ThreadPool::run(int64_t count, FunctionRef<void(int64_t, int)> task) {
  if (threads_ == 1 || count <= 1) {
    for (int64_t index = 0; index < count; ++index) task(index, 0);
    return;
  }
  const auto each = [&](int64_t index, int64_t, int thread) { task(index, thread); };
  shared_->run(count, 0, each, threads_);
}

void ThreadPool::run_shared(int64_t count, FunctionRef<void(int64_t, int64_t, int)> task) {
  if (count <= 0) return;
  if (threads_ == 1 || count == 1) task(0, count, 0);
  else shared_->run(count, kSharesOfFour * threads_, task, threads_);
}

}  // namespace tug
