// Threads for what would hold up the sockets: reading JSON, rendering templates, tokenising.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tug {

class WorkQueue {
 public:
  explicit WorkQueue(int threads);
  /// Drops what has not begun.
  ~WorkQueue();

  void add(std::function<void()> work);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> work_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tug
