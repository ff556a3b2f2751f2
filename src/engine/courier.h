// Takes events to the sinks of requests, on threads of its own: foreign code never runs on the engine's.
#pragma once

#include <memory>

#include "engine/event_queue.h"

namespace tug {

/// The way of one request's events to its sink.
struct Delivery {
  Delivery(size_t limit, std::function<void()> on_room, EventSink to, std::function<void(Error)> on_broken)
      : events(limit, std::move(on_room)), sink(std::move(to)), on_broken_sink(std::move(on_broken)) {}

  EventQueue events;
  EventSink sink;                             // null: the reader waits at the queue itself
  std::function<void(Error)> on_broken_sink;  // called when the sink has thrown, on the courier's thread

  // The courier's own.
  bool on_its_way = false;
  bool sink_is_broken = false;
};

/// One thread, and one more for as many sinks as block at the same time: nobody waits for a slow one.
class Courier {
 public:
  Courier();
  /// Delivers what is left. Waits for all its threads but the one that calls this, if it is one of them.
  ~Courier();

  /// Sends an event on its way.
  void send(const std::shared_ptr<Delivery>& delivery, Event event);
  /// Sends the last one. The delivery, and its sink, dies on a thread of the courier.
  void send_last(std::shared_ptr<Delivery> delivery, Event event);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tug
