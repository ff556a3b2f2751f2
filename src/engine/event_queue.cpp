#include "engine/event_queue.h"

namespace tug {

void EventQueue::push(Event event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  arrived_.notify_one();
}

bool EventQueue::full() const {
  const std::lock_guard lock(mutex_);
  return events_.size() >= limit_;
}

bool EventQueue::empty() const {
  const std::lock_guard lock(mutex_);
  return events_.empty();
}

std::optional<Event> EventQueue::take(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (!arrived_.wait_for(lock, patience, [&] { return !events_.empty(); })) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  const bool has_room_again = events_.size() + 1 == limit_;
  lock.unlock();
  if (has_room_again) on_room_();
  return event;
}

}  // namespace tug
