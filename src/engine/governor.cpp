#include "engine/governor.h"

#include <algorithm>
#include <chrono>

#include "platform/memory.h"

namespace tug {
namespace {

constexpr double kPressureMax = 0.1;
constexpr auto kSeldom = std::chrono::milliseconds(100), kOften = std::chrono::milliseconds(10);

int64_t reserve_of(int64_t memory) {
  return std::clamp<int64_t>(memory / 32, int64_t{32} << 20, int64_t{1} << 30);
}

}  // namespace

int64_t memory_change(int64_t headroom, double pressure, int64_t memory) {
  const int64_t reserve = reserve_of(memory);
  if (headroom < reserve) return headroom - reserve * 3 / 2;
  if (pressure > kPressureMax) return -memory / 32;
  if (headroom > 3 * reserve) return std::min(headroom - 2 * reserve, memory / 8);
  return 0;
}

Governor::Governor(WeightStore& store, int64_t memory, std::string root)
    : store_(store), memory_(memory), root_(std::move(root)), thread_([this] { watch(); }) {}

Governor::~Governor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Governor::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const int64_t headroom = memory_headroom(root_);
    const int64_t change = memory_change(headroom, memory_pressure(root_), memory_);
    if (change < 0) store_.shrink(-change);
    if (change > 0) store_.grow(change);
    wake_.wait_for(lock, headroom < 3 * reserve_of(memory_) ? kOften : kSeldom, [&] { return stopping_; });
  }
}

}  // namespace tug
