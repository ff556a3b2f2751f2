// Every index runs exactly once, whoever runs it, region after region.
#include "platform/thread_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

#include "platform/cpu.h"
#include "platform/memory.h"

namespace tug {
namespace {

TEST(ThreadPool, RunsEveryIndexOnce) {
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (int region = 0; region < 500; ++region) {
      const int64_t count = region % 37;
      std::vector<int> runs(static_cast<size_t>(count));
      std::atomic<bool> known_threads{true};
      pool.run(count, [&](int64_t index, int thread) {
        ++runs[static_cast<size_t>(index)];
        if (thread < 0 || thread >= threads) known_threads = false;
      });
      ASSERT_EQ(std::accumulate(runs.begin(), runs.end(), 0), count);
      for (int times : runs) ASSERT_EQ(times, 1);
      ASSERT_TRUE(known_threads);
    }
  }
}

TEST(ThreadPool, SharesEveryIndexOnceInRunsThatGetShorter) {
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (int64_t count = 0; count < 300; ++count) {
      std::vector<int> runs(static_cast<size_t>(count));
      std::vector<int64_t> lengths(static_cast<size_t>(count));
      pool.run_shared(count, [&](int64_t first, int64_t n, int) {
        lengths[static_cast<size_t>(first)] = n;
        for (int64_t index = first; index < first + n; ++index) ++runs[static_cast<size_t>(index)];
      });
      for (int times : runs) ASSERT_EQ(times, 1);
      std::erase(lengths, 0);
      if (threads == 1 || count == 0) continue;
      ASSERT_TRUE(std::is_sorted(lengths.rbegin(), lengths.rend()));
      ASSERT_EQ(lengths.back(), 1);
    }
  }
}

TEST(ThreadPool, RunsAsManyTasksAtOnceAsItHasThreads) {
  for (int threads : {2, 3, 5}) {
    ThreadPool pool(threads);
    std::atomic<int> arrived{0}, met{0};
    pool.run(threads, [&](int64_t, int) {
      ++arrived;
      // Each waits for all; a pool that runs one after the other gives up here instead of hanging.
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      while (arrived < threads && std::chrono::steady_clock::now() < end) std::this_thread::yield();
      if (arrived == threads) ++met;
    });
    EXPECT_EQ(met, threads);
  }
}

TEST(Cpu, NamesRoundTrip) {
  for (const Isa isa : kIsas) EXPECT_EQ(isa_from_name(isa_name(isa)), isa);
  EXPECT_FALSE(isa_from_name("mmx").has_value());
  EXPECT_TRUE(isa_available(best_isa()));
  EXPECT_GE(available_cores(), 1);
}

TEST(Memory, ArenaIsZeroedAndMovable) {
  auto arena = Arena::allocate(10 << 20);
  ASSERT_TRUE(arena.ok());
  Arena moved = std::move(arena).value();
  ASSERT_EQ(moved.size(), 10 << 20);
  for (int64_t at = 0; at < moved.size(); at += 4096) ASSERT_EQ(moved.data()[at], std::byte{0});
  EXPECT_GT(memory_headroom(), 0);
  EXPECT_GE(resident_memory_peak(), resident_memory() / 2);
  EXPECT_FALSE(Arena::allocate(int64_t{1} << 60).ok());
}

}  // namespace
}  // namespace tug
