#include "platform/memory.h"

#include <sys/mman.h>
#include <unistd.h>

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

/// Calls visit(folder, version) for the memory control groups of this process, its own first, then those
/// above.
template <class Visit>
void for_each_group(const std::string& root, Visit visit) {
  std::FILE* file = std::fopen((root + "/proc/self/cgroup").c_str(), "r");
  if (!file) return;
  char line[1024];
  while (std::fgets(line, sizeof line, file)) {
    std::string text(line);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    const size_t first = text.find(':'), second = text.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = text.substr(first + 1, second - first - 1);
    const int version = controllers.empty() ? 2 : 1;
    if (version == 1 && controllers.find("memory") == std::string::npos) continue;
    std::string path = text.substr(second + 1);
    while (true) {
      visit(root + (version == 2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory") + path + "/", version);
      if (path.empty() || path == "/") break;
      path.erase(path.rfind('/'));
    }
  }
  std::fclose(file);
}

/// What a limit leaves; a very large number without one. Page cache counts as free.
int64_t group_headroom(const std::string& folder, const char* limit_name, const char* usage_name,
                       const char* cache_key) {
  const int64_t limit = read_field((folder + limit_name).c_str(), "");
  const int64_t usage = read_field((folder + usage_name).c_str(), "");
  if (limit < 0 || usage < 0) return INT64_MAX;
  return limit - usage + std::max<int64_t>(0, read_field((folder + "memory.stat").c_str(), cache_key));
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

void release_pages(std::byte* first, int64_t bytes) {
  const auto begin = (reinterpret_cast<uintptr_t>(first) + kPage - 1) / kPage * kPage;
  const auto end = (reinterpret_cast<uintptr_t>(first) + static_cast<uintptr_t>(bytes)) / kPage * kPage;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

int64_t memory_headroom(const std::string& root) {
  const int64_t machine = read_field((root + "/proc/meminfo").c_str(), "MemAvailable:");
  int64_t headroom = machine < 0 ? INT64_MAX : machine * 1024;
  for_each_group(root, [&](const std::string& folder, int version) {
    if (version == 1) {
      headroom = std::min(headroom, group_headroom(folder, "memory.limit_in_bytes", "memory.usage_in_bytes",
                                                   "total_inactive_file "));
      return;
    }
    for (const char* limit : {"memory.max", "memory.high"})
      headroom = std::min(headroom, group_headroom(folder, limit, "memory.current", "inactive_file "));
  });
  return headroom;
}

double memory_pressure(const std::string& root) {
  std::string path = root + "/proc/pressure/memory";
  for_each_group(root, [&](const std::string& folder, int version) {
    const std::string own = folder + "memory.pressure";
    if (version == 2 && path.starts_with(root + "/proc") && access(own.c_str(), R_OK) == 0) path = own;
  });
  double percent = 0;
  if (std::FILE* file = std::fopen(path.c_str(), "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, file)) std::sscanf(line, "full avg10=%lf", &percent);
    std::fclose(file);
  }
  return percent / 100;
}

int64_t resident_memory() { return std::max<int64_t>(0, read_field("/proc/self/status", "VmRSS:")) * 1024; }
int64_t resident_memory_peak() {
  return std::max<int64_t>(0, read_field("/proc/self/status", "VmHWM:")) * 1024;
}

}  // namespace tug
