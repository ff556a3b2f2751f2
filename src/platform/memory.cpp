#include "platform/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include "base/units.h"

namespace tug {
namespace {

/// The number after `key` in a file of "key value" lines, in the file's own unit; -1 when absent.
int64_t read_field(const char* path, const char* key) {
  int64_t value = -1;
  if (std::FILE* file = std::fopen(path, "r")) {
    char line[256];
    const size_t length = std::strlen(key);
    while (value < 0 && std::fgets(line, sizeof line, file)) {
      if (std::strncmp(line, key, length) == 0) std::sscanf(line + length, "%ld", &value);
    }
    std::fclose(file);
  }
  return value;
}

/// What a control group's limit leaves; a very large number without one. Its page cache counts as free.
int64_t group_headroom(const std::string& folder, const char* limit_name, const char* usage_name,
                       const char* cache_key) {
  const int64_t limit = read_field((folder + limit_name).c_str(), "");
  const int64_t usage = read_field((folder + usage_name).c_str(), "");
  if (limit < 0 || usage < 0) return INT64_MAX;
  const int64_t cache = std::max<int64_t>(0, read_field((folder + "memory.stat").c_str(), cache_key));
  return std::max<int64_t>(0, limit - usage + cache);
}

/// The smallest headroom of this process's memory control groups, its own and those above it.
int64_t control_group_headroom() {
  int64_t headroom = INT64_MAX;
  std::FILE* file = std::fopen("/proc/self/cgroup", "r");
  if (!file) return headroom;
  char line[1024];
  while (std::fgets(line, sizeof line, file)) {
    std::string text(line);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    const size_t first = text.find(':'), second = text.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = text.substr(first + 1, second - first - 1);
    const bool version_2 = controllers.empty();
    if (!version_2 && controllers.find("memory") == std::string::npos) continue;
    std::string path = text.substr(second + 1);
    while (true) {
      const std::string folder = (version_2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory") + path + "/";
      headroom = std::min(headroom,
                          version_2 ? group_headroom(folder, "memory.max", "memory.current", "inactive_file ")
                                    : group_headroom(folder, "memory.limit_in_bytes", "memory.usage_in_bytes",
                                                     "total_inactive_file "));
      if (path.empty() || path == "/") break;
      path.erase(path.rfind('/'));
    }
  }
  std::fclose(file);
  return headroom;
}

constexpr int64_t kPage = 4096;

}  // namespace

Status MemoryBudget::take(int64_t bytes, const std::string& what) {
  int64_t used = used_;
  do {
    if (bytes > limit_ - used) {
      return Error(ErrorCode::kOutOfMemory,
                   "The memory is full: " + what + " need " + format_size(bytes) + ", " +
                       format_size(limit_ - used) + " of " + format_size(limit_) +
                       " are free. Allow more memory, or use a smaller model or shorter contexts.");
    }
  } while (!used_.compare_exchange_weak(used, used + bytes));
  return {};
}

Result<Arena> Arena::allocate(int64_t bytes, MemoryBudget& budget, const std::string& what) {
  TUG_TRY(budget.take(bytes, what));
  auto arena = allocate(bytes);
  if (arena.ok() && arena->data_) arena->budget_ = &budget;
  else budget.give_back(bytes);
  return arena;
}

Result<Arena> Arena::allocate(int64_t bytes) {
  Arena arena;
  if (bytes <= 0) return arena;
  const int64_t slack = bytes >= kHugePage ? kHugePage : 0;  // huge pages begin at multiples of their size
  void* memory = mmap(nullptr, static_cast<size_t>(bytes + slack), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return Error(ErrorCode::kOutOfMemory,
                 "The operating system refused to give " + format_size(bytes) + " of memory.");
  }
  auto* first = static_cast<std::byte*>(memory);
  if (slack > 0) {
    const auto before = static_cast<int64_t>(-reinterpret_cast<uintptr_t>(first) % kHugePage);
    if (before > 0) munmap(first, static_cast<size_t>(before));
    first += before;
    const int64_t used = (bytes + kPage - 1) / kPage * kPage;
    if (used < bytes + slack - before)
      munmap(first + used, static_cast<size_t>(bytes + slack - before - used));
    madvise(first, static_cast<size_t>(used), MADV_HUGEPAGE);
  }
  arena.data_ = first;
  arena.size_ = bytes;
  return arena;
}

Arena::Arena(Arena&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      budget_(std::exchange(other.budget_, nullptr)) {}

Arena& Arena::operator=(Arena&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(budget_, other.budget_);
  return *this;
}

Arena::~Arena() {
  if (data_) munmap(data_, static_cast<size_t>(size_));
  if (budget_) budget_->give_back(size_);
}

int64_t available_memory() {
  const int64_t machine = read_field("/proc/meminfo", "MemAvailable:");
  return std::min(machine < 0 ? INT64_MAX : machine * 1024, control_group_headroom());
}

int64_t resident_memory() { return std::max<int64_t>(0, read_field("/proc/self/status", "VmRSS:")) * 1024; }
int64_t resident_memory_peak() {
  return std::max<int64_t>(0, read_field("/proc/self/status", "VmHWM:")) * 1024;
}

}  // namespace tug
