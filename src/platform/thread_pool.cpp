#include "platform/thread_pool.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/check.h"

namespace tug {
namespace {

/// How often a waiting thread looks before it parks: some tens of microseconds.
constexpr int kSpins = 2000;

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace

struct ThreadPool::Shared {
  using Task = FunctionRef<void(int64_t, int)>;

  std::atomic<uint64_t> region{0};  // counts up when a region starts
  std::atomic<int64_t> next{0};     // the next index to take
  std::atomic<int> working{0};      // workers that have not finished the region
  int64_t count = 0;
  const Task* task = nullptr;
  std::atomic<bool> stopping{false};

  std::mutex mutex;  // guards parking only
  std::condition_variable started, finished;
  std::vector<std::thread> workers;

  void take_tasks(int thread) {
    for (int64_t index; (index = next.fetch_add(1, std::memory_order_relaxed)) < count;)
      (*task)(index, thread);
  }

  template <class Ready>
  void wait(std::condition_variable& signal, Ready ready) {
    for (int spin = 0; spin < kSpins; ++spin) {
      if (ready()) return;
      relax();
    }
    std::unique_lock lock(mutex);
    signal.wait(lock, ready);
  }

  void work(int thread) {
    uint64_t seen = 0;
    while (true) {
      wait(started, [&] { return region.load(std::memory_order_acquire) != seen; });
      ++seen;
      if (stopping.load()) return;
      take_tasks(thread);
      if (working.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        std::lock_guard lock(mutex);
        finished.notify_one();
      }
    }
  }

  void start_region() {
    {
      std::lock_guard lock(mutex);
      region.fetch_add(1, std::memory_order_release);
    }
    started.notify_all();
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
  Shared& shared = *shared_;
  shared.count = count;
  shared.task = &task;
  shared.next.store(0, std::memory_order_relaxed);
  shared.working.store(threads_ - 1, std::memory_order_relaxed);
  shared.start_region();
  shared.take_tasks(0);
  shared.wait(shared.finished, [&] { return shared.working.load(std::memory_order_acquire) == 0; });
}

}  // namespace tug
