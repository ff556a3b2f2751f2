// The events of one request on their way from the engine to their reader.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "tugboat/request.h"

namespace tug {

/// One writer, which never waits, and one reader. A queue that is full is no place for a step's rows: its
/// request pauses.
class EventQueue {
 public:
  /// `on_room` is called by the reader's thread when a full queue has room again.
  EventQueue(size_t limit, std::function<void()> on_room) : limit_(limit), on_room_(std::move(on_room)) {}

  void push(Event event);
  bool full() const;

  /// The next event, if there is one, or if one comes within the time.
  std::optional<Event> take(std::chrono::milliseconds patience = {});
  bool empty() const;

 private:
  const size_t limit_;
  const std::function<void()> on_room_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Event> events_;
};

}  // namespace tug
