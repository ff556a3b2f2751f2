// Large anonymous memory, and how much of it there is.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "tugboat/result.h"

namespace tug {

/// Bytes that may be taken in all: weights, workspaces and sequences draw on one. Thread-safe.
class MemoryBudget {
 public:
  explicit MemoryBudget(int64_t limit) : limit_(limit) {}

  /// `what` is a plural: "the weights". Errors: kOutOfMemory, with the numbers.
  Status take(int64_t bytes, const std::string& what);
  void give_back(int64_t bytes) { used_ -= bytes; }

  int64_t limit() const { return limit_; }
  int64_t free() const { return limit_ - used_; }

 private:
  int64_t limit_;
  std::atomic<int64_t> used_{0};
};

inline constexpr int64_t kHugePage = 2 << 20;

/// Zeroed memory from the operating system, in huge pages where it has them; given back on destruction.
class Arena {
 public:
  Arena() = default;
  /// Counted in the budget while it lives; the budget must outlive it. Errors: kOutOfMemory.
  static Result<Arena> allocate(int64_t bytes, MemoryBudget& budget, const std::string& what);
  /// Counted nowhere.
  static Result<Arena> allocate(int64_t bytes);
  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;
  ~Arena();

  std::byte* data() const { return data_; }
  int64_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  int64_t size_ = 0;
  MemoryBudget* budget_ = nullptr;
};

/// Gives the whole pages inside of a range back to the system; they read as zeros then.
void release_pages(std::byte* first, int64_t bytes);

/// Bytes that this process can still take: what the machine and its control groups (versions 1 and 2, its own
/// and those above) leave. Negative where a limit was lowered below what is used. `root`: where /proc and
/// /sys lie.
int64_t memory_headroom(const std::string& root = "");
/// The share of the last ten seconds in which nothing ran for want of memory (pressure stall information of
/// this process's control group, or of the machine); 0 where it is not told.
double memory_pressure(const std::string& root = "");

/// Resident memory of this process now, and its highest value so far.
int64_t resident_memory();
int64_t resident_memory_peak();

}  // namespace tug
