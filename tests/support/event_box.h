// A sink that keeps its events, and one that can be held up: no test has to sleep.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "support/expect.h"
#include "tugboat/request.h"

namespace tug {

/// Opens once, for everybody who waits.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

/// Collects the events of one request.
class EventBox {
 public:
  EventSink sink() const {
    return [state = state_](const Event& event) { state->take(event); };
  }
  /// Waits for so many events, or the last.
  void wait_for(size_t count) const {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [&] { return state_->ended > 0 || state_->events.size() >= count; });
  }
  /// Waits for the last event.
  std::vector<Event> all() const {
    wait_for(SIZE_MAX);
    const std::lock_guard lock(state_->mutex);
    EXPECT_EQ(state_->ended, 1);
    return state_->events;
  }
  bool ended() const {
    const std::lock_guard lock(state_->mutex);
    return state_->ended > 0;
  }
  Result<Answer> answer() const {
    const Event last = all().back();
    if (const auto* error = std::get_if<Error>(&last)) return *error;
    return std::get<Answer>(last);
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Event> events;
    int ended = 0;

    void take(const Event& event) {
      const std::lock_guard lock(mutex);
      events.push_back(event);
      ended += std::holds_alternative<Answer>(event) || std::holds_alternative<Error>(event);
      changed.notify_all();
    }
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

template <class Kind>
std::vector<Kind> only(const std::vector<Event>& events) {
  std::vector<Kind> kinds;
  for (const Event& event : events) {
    if (const auto* kind = std::get_if<Kind>(&event)) kinds.push_back(*kind);
  }
  return kinds;
}

}  // namespace tug
