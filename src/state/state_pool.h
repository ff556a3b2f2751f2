// Memory for what sequences remember: pages of one size for keys and values, and one block of fixed size for
// the recurrent part, all drawn from one budget. Both are shared by reference, so that sequences with the
// same beginning hold it once.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "platform/memory.h"

namespace tug {

/// Positions of a page.
inline constexpr int64_t kPageTokens = 64;
/// Tokens at the end of a sequence that can always be dropped: rejected drafts.
inline constexpr int64_t kDropMax = 16;

/// What a backend remembers of a sequence. The bytes are the backend's own affair, but for this: those of a
/// position p lie in page p / kPageTokens, whatever the length; the fixed part knows the positions that it
/// belongs to, and still knows them when up to kDropMax of the last tokens are dropped. All zero: nothing
/// yet.
struct StateLayout {
  int64_t page_bytes = 0;   // keys and values of kPageTokens positions, all blocks together; 0: none
  int64_t fixed_bytes = 0;  // recurrent state, all blocks together; 0: none
  uint64_t id = 0;          // differs where the bytes mean something else

  /// Of a sequence of so many tokens; the largest number when it is beyond that.
  int64_t bytes(int64_t tokens) const {
    const int64_t pages = tokens / kPageTokens + (tokens % kPageTokens > 0);
    int64_t all = 0;
    if (__builtin_mul_overflow(pages, page_bytes, &all) || __builtin_add_overflow(all, fixed_bytes, &all))
      return INT64_MAX;
    return all;
  }
};

/// Memory that several sequences may share; sole owners may write.
using SharedMemory = std::shared_ptr<Arena>;

class StatePool {
 public:
  /// The budget must outlive the pool, and the pool what it gives. For any number of threads.
  StatePool(const StateLayout& layout, MemoryBudget& budget) : layout_(layout), budget_(budget) {}
  ~StatePool();

  const StateLayout& layout() const { return layout_; }

  /// Zeroed. Errors: kOutOfMemory.
  Result<SharedMemory> take_page() { return take(layout_.page_bytes, spare_pages_); }
  Result<SharedMemory> take_fixed() { return take(layout_.fixed_bytes, spare_fixed_); }
  /// A copy. Errors: kOutOfMemory.
  Result<SharedMemory> copy(const SharedMemory& memory);

  /// Bytes that sequences hold; what they share counts once.
  int64_t bytes_used() const;

 private:
  using Spare = std::vector<std::unique_ptr<Arena>>;
  Result<SharedMemory> take(int64_t bytes, Spare& spare);

  const StateLayout layout_;
  MemoryBudget& budget_;
  mutable std::mutex mutex_;         // guards the next
  Spare spare_pages_, spare_fixed_;  // given back; used again, or freed when memory is short
  int64_t used_ = 0;
};

}  // namespace tug
