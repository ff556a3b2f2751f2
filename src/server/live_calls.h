// The calls under way.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace tug {

class Call;

class LiveCalls {
 public:
  void add(const std::shared_ptr<Call>& call) {
    const std::lock_guard lock(mutex_);
    calls_[call.get()] = call;
  }
  void remove(Call* call) {
    const std::lock_guard lock(mutex_);
    calls_.erase(call);
    fewer_.notify_all();
  }
  std::vector<std::shared_ptr<Call>> all() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Call>> all;
    for (const auto& [key, weak] : calls_) {
      if (auto call = weak.lock()) all.push_back(std::move(call));
    }
    return all;
  }
  void wait_for_none() {
    std::unique_lock lock(mutex_);
    fewer_.wait(lock, [&] { return calls_.empty(); });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable fewer_;
  std::unordered_map<Call*, std::weak_ptr<Call>> calls_;
};

}  // namespace tug
