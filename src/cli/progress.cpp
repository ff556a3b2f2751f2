#include "cli/progress.h"

namespace tug {
namespace {

constexpr auto kPatience = std::chrono::seconds(1);
constexpr auto kBetween = std::chrono::milliseconds(200);

}  // namespace

Progress::Progress(Terminal& terminal, std::string label, std::function<std::string()> detail)
    : terminal_(terminal), label_(std::move(label)), detail_(std::move(detail)) {
  if (terminal_.shows_progress()) thread_ = std::thread([this] { draw_until_stopped(); });
}

void Progress::update(int64_t done, int64_t total) {
  total_.store(total, std::memory_order_relaxed);
  done_.store(done, std::memory_order_relaxed);
}

void Progress::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

std::string Progress::line() const {
  const int64_t done = done_.load(std::memory_order_relaxed), total = total_.load(std::memory_order_relaxed);
  if (total <= 0) {
    const std::string line = label_ + " … " + std::to_string(static_cast<int64_t>(seconds())) + " s";
    return detail_ ? line + detail_() : line;
  }
  const double share = static_cast<double>(done) / static_cast<double>(total);
  return label_ + " … " + std::to_string(static_cast<int>(100 * share)) + " %";
}

void Progress::draw_until_stopped() {
  std::unique_lock lock(mutex_);
  auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
  bool drawn = false;
  while (!wake_.wait_for(lock, pause, [this] { return stopped_; })) {
    terminal_.write_error("\r\x1b[K\x1b[2m" + line() + "\x1b[0m");
    drawn = true;
    pause = kBetween;
  }
  if (drawn) terminal_.write_error("\r\x1b[K");
}

}  // namespace tug
