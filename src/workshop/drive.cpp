#include "workshop/drive.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "base/random.h"
#include "platform/memory.h"

namespace tug {
namespace {

constexpr int64_t kPiece = 1 << 20;
using Time = std::chrono::milliseconds;

/// Bytes per second with so many requests at once, for a while; 0 when one of them fails.
double rate(const File& file, int threads, Time time, MutableByteView memory) {
  const int64_t pieces = std::max<int64_t>(1, file.size() / kPiece);
  std::atomic<int64_t> bytes = 0;
  std::atomic<bool> failed = false;
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> readers;
  for (int thread = 0; thread < threads; ++thread) {
    readers.emplace_back([&, to = memory.subspan(static_cast<size_t>(thread * kPiece), kPiece),
                          seed = static_cast<uint64_t>(threads * 100 + thread)] {
      for (uint64_t draw = 0; std::chrono::steady_clock::now() - start < time; ++draw) {
        const auto piece = static_cast<int64_t>(uniform_at(seed, draw) * static_cast<double>(pieces));
        if (!file.read_direct(piece * kPiece, to).ok()) failed = true;
        bytes += std::min(kPiece, file.size() - piece * kPiece);
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return failed ? 0 : static_cast<double>(bytes) / seconds.count();
}

}  // namespace

Result<double> measure_drive(const Checkpoint& checkpoint) {
  constexpr int kMost = 8;
  const Arena memory = TUG_TRY(Arena::allocate(kMost * kPiece));
  const auto& files = checkpoint.files();
  const auto largest = std::max_element(files.begin(), files.end(),
                                        [](const File& a, const File& b) { return a.size() < b.size(); });
  const MutableByteView to(memory.data(), static_cast<size_t>(memory.size()));
  double best = 0;
  int best_threads = 1;
  for (int threads = 1; threads <= kMost; threads *= 2) {
    const double reached = rate(*largest, threads, Time(100), to);
    if (reached > best) best = reached, best_threads = threads;
  }
  if (best > 0) best = rate(*largest, best_threads, Time(500), to);  // bursts are faster
  if (best == 0) return Error(ErrorCode::kIo, "The drive of the model cannot be read.");
  return best;
}

}  // namespace tug
