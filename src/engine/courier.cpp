#include "engine/courier.h"

#include <system_error>
#include <thread>
#include <vector>

namespace tug {
namespace {

bool is_last(const Event& event) {
  return std::holds_alternative<Answer>(event) || std::holds_alternative<Error>(event);
}

/// What the sink has thrown, in words; nothing when it returned.
std::optional<std::string> call(const EventSink& sink, const Event& event) {
  try {
    sink(event);
    return std::nullopt;
  } catch (const std::exception& thrown) {
    return thrown.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

void deliver(Delivery& delivery, const Event& event) {
  if (delivery.sink_is_broken && !is_last(event)) return;
  const auto thrown = call(delivery.sink, event);
  if (!thrown || is_last(event)) return;
  delivery.sink_is_broken = true;
  delivery.on_broken_sink(
      Error(ErrorCode::kCancelled, "The request ended because its event sink threw: " + *thrown + "."));
}

}  // namespace

struct Courier::State : std::enable_shared_from_this<State> {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::shared_ptr<Delivery>> ready;
  size_t idle = 0;
  bool stopping = false;
  std::vector<std::thread> threads;

  /// Under the mutex. A further thread is a help only: without it the others do the work.
  void add_thread() try {
    threads.emplace_back([self = shared_from_this()] { self->work(); });
  } catch (const std::system_error&) {
    if (threads.empty()) throw;
  }

  /// Under the mutex.
  void put_on_its_way(std::shared_ptr<Delivery> delivery) {
    if (delivery->on_its_way) return;
    delivery->on_its_way = true;
    ready.push_back(std::move(delivery));
    if (ready.size() > idle) add_thread();
    changed.notify_one();
  }

  /// Delivers all that is ready. A delivery that is on its way is in the hands of one thread.
  void deliver_ready(std::unique_lock<std::mutex>& lock) {
    while (!ready.empty()) {
      std::shared_ptr<Delivery> delivery = std::move(ready.front());
      ready.pop_front();
      while (auto event = delivery->events.take()) {
        lock.unlock();
        deliver(*delivery, *event);
        lock.lock();
      }
      delivery->on_its_way = false;
      lock.unlock();
      delivery.reset();  // a sink may hold the last handle of its model
      lock.lock();
    }
  }

  void work() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      deliver_ready(lock);
      ++idle;
      changed.wait(lock, [&] { return stopping || !ready.empty(); });
      --idle;
    }
    deliver_ready(lock);
  }
};

Courier::Courier() : state_(std::make_shared<State>()) {
  const std::lock_guard lock(state_->mutex);
  state_->add_thread();
}

Courier::~Courier() {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  std::vector<std::thread> threads = std::move(state_->threads);
  state_->changed.notify_all();
  state_->deliver_ready(lock);
  lock.unlock();
  for (std::thread& thread : threads) {
    if (thread.get_id() == std::this_thread::get_id()) thread.detach();
    else thread.join();
  }
}

void Courier::send(const std::shared_ptr<Delivery>& delivery, Event event) {
  delivery->events.push(std::move(event));
  if (!delivery->sink) return;
  const std::lock_guard lock(state_->mutex);
  state_->put_on_its_way(delivery);
}

void Courier::send_last(std::shared_ptr<Delivery> delivery, Event event) {
  // Under the mutex the thread that delivers cannot be done before this reference is gone.
  const std::lock_guard lock(state_->mutex);
  delivery->events.push(std::move(event));
  if (delivery->sink) state_->put_on_its_way(std::move(delivery));
  delivery.reset();
}

}  // namespace tug
