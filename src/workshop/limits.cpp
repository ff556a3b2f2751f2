#include "workshop/limits.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>

namespace tug {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t kMemory =
    512 << 20;  // read at once; then what lies behind it, since a cache may hold as much
constexpr int64_t kPiece = 1 << 20;
constexpr int64_t kFront = 256 << 20;  // enough to be no cache's, and read soon
constexpr int64_t kRounds = 200'000;
constexpr int kRuns = 2;
constexpr Prefetch kPatterns[] = {{0, 0}, {1536, 3072}, {2048, 2048}, {4096, 4096}};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

double read_rate(const Kernels& kernels, int threads, ByteView memory) {
  const int64_t size = std::min(static_cast<int64_t>(memory.size()), kFront);
  if (size == 0) return 0;
  const int64_t pieces = (size + kPiece - 1) / kPiece, rounds = std::max<int64_t>(1, kFront / 8 / size);
  ThreadPool pool(threads);
  const Prefetch before = kernels.prefetch_distances();
  double best = 0;
  for (const Prefetch distances : kPatterns) {
    kernels.set_prefetch(distances);
    std::atomic<int32_t> sum = 0;
    const auto start = Clock::now();
    pool.run(pieces * rounds, [&](int64_t i, int) {
      const int64_t at = i % pieces * kPiece;
      sum += kernels.read_lines(memory.data() + at, std::min(kPiece, size - at));
    });
    best = std::max(best, static_cast<double>(size * rounds) / seconds_since(start));
  }
  kernels.set_prefetch(before);
  return best;
}

Limits Limits::better_of(const Limits& other) const {
  return {std::max(read, other.read), std::max(int8, other.int8), std::max(float32, other.float32),
          std::max(drive, other.drive)};
}

Result<LimitMeter> LimitMeter::make(const Kernels& kernels, int threads, ByteView memory) {
  LimitMeter meter(kernels, threads);
  if (static_cast<int64_t>(memory.size()) < kMemory) {
    meter.own_ = TUG_TRY(Arena::allocate(kMemory));
    std::memset(meter.own_.data(), 1, static_cast<size_t>(kMemory));
    memory = {meter.own_.data(), static_cast<size_t>(kMemory)};
  }
  meter.memory_ = memory;
  return meter;
}

double LimitMeter::read_at(Prefetch distances) {
  kernels_->set_prefetch(distances);
  if (next_ + kMemory > static_cast<int64_t>(memory_.size())) next_ = 0;
  const std::byte* from = memory_.data() + std::exchange(next_, next_ + kMemory);
  std::atomic<int32_t> sum = 0;
  const auto start = Clock::now();
  pool_->run(kMemory / kPiece,
             [&](int64_t piece, int) { sum += kernels_->read_lines(from + piece * kPiece, kPiece); });
  return static_cast<double>(kMemory) / seconds_since(start);
}

template <class Work>
double LimitMeter::rate(Work work) const {
  std::atomic<int64_t> done = 0;
  const auto start = Clock::now();
  pool_->run(pool_->threads(), [&](int64_t, int) { done += work(kRounds); });
  return 2 * static_cast<double>(done) / seconds_since(start);
}

Limits LimitMeter::measure() {
  const Prefetch before = kernels_->prefetch_distances();
  Limits best;
  for (int run = 0; run < kRuns; ++run) {
    for (const Prefetch distances : kPatterns) best.read = std::max(best.read, read_at(distances));
    best = best.better_of({0, rate(kernels_->multiply_codes), rate(kernels_->multiply_floats)});
  }
  kernels_->set_prefetch(before);
  return best;
}

}  // namespace tug
