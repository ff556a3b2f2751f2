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

/// Bytes that this process can still take: the machine's available memory and its control groups' limits.
int64_t available_memory();

/// Resident memory of this process now, and its highest value so far.
int64_t resident_memory();
int64_t resident_memory_peak();

}  // namespace tug
