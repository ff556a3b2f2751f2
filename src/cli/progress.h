// A line on the terminal for whatever takes longer than a second; nothing where there is no terminal.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "cli/terminal.h"

namespace tug {

/// Shows its label with the share done, or the seconds passed where the share is unknown, until it is
/// stopped. Its own thread draws, so reporting costs two stores.
class Progress {
 public:
  /// detail(): what else the line says; called on the thread that draws.
  Progress(Terminal& terminal, std::string label, std::function<std::string()> detail = {});
  ~Progress() { stop(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(int64_t done, int64_t total);
  /// Takes the line away. Afterwards others may write to the terminal.
  void stop();
  double seconds() const;

 private:
  void draw_until_stopped();
  std::string line() const;

  using Clock = std::chrono::steady_clock;
  Terminal& terminal_;
  std::string label_;
  std::function<std::string()> detail_;
  Clock::time_point start_ = Clock::now();
  std::atomic<int64_t> done_ = 0, total_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace tug
