// Large anonymous memory, and how much of it there is.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "tugboat/result.h"

namespace tug {

/// Zeroed pages from the operating system, aligned to 2 MiB where that pays; given back on destruction.
/// Untouched pages cost nothing, so an Arena may be reserved for the longest context.
class Arena {
 public:
  Arena() = default;
  /// Errors: kOutOfMemory.
  static Result<Arena> allocate(int64_t bytes);
  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;
  ~Arena();

  std::byte* data() const { return data_; }
  int64_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  int64_t size_ = 0;
};

/// Bytes that this process can still take: the machine's available memory and its control groups' limits.
int64_t available_memory();

/// Resident memory of this process now, and its highest value so far.
int64_t resident_memory();
int64_t resident_memory_peak();

}  // namespace tug
