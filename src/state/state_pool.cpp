#include "state/state_pool.h"

#include <cstring>

#include "base/check.h"

namespace tug {

StatePool::~StatePool() { TUG_CHECK(used_ == 0); }

int64_t StatePool::bytes_used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

Result<SharedMemory> StatePool::take(int64_t bytes, Spare& spare) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Arena> memory;
  if (!spare.empty()) {
    memory = std::move(spare.back());
    spare.pop_back();
    // Another sequence's numbers must never reach a saved state.
    std::memset(memory->data(), 0, static_cast<size_t>(bytes));
  } else {
    if (bytes > budget_.free()) spare_pages_.clear(), spare_fixed_.clear();
    memory = std::make_unique<Arena>(TUG_TRY(Arena::allocate(bytes, budget_, "the sequences")));
  }
  used_ += bytes;
  return SharedMemory(memory.release(), [this, bytes, &spare](Arena* arena) {
    const std::lock_guard returned(mutex_);
    used_ -= bytes;
    spare.emplace_back(arena);
  });
}

Result<SharedMemory> StatePool::copy(const SharedMemory& memory) {
  const bool is_page = memory->size() == layout_.page_bytes;
  SharedMemory to = TUG_TRY(is_page ? take_page() : take_fixed());
  std::memcpy(to->data(), memory->data(), static_cast<size_t>(memory->size()));
  return to;
}

}  // namespace tug
