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

Event EventQueue::wait() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [&] { return !events_.empty(); });
  return pop(std::move(lock));
}

std::optional<Event> EventQueue::take() {
  std::unique_lock lock(mutex_);
  if (events_.empty()) return std::nullopt;
  return pop(std::move(lock));
}

Event EventQueue::pop(std::unique_lock<std::mutex> lock) {
  Event event = std::move(events_.front());
  events_.pop_front();
  const bool has_room_again = events_.size() + 1 == limit_;
  lock.unlock();
  if (has_room_again) on_room_();
  return event;
}

}  // namespace tug
