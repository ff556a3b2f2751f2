// The engine's thread. Everything that touches the engine happens on it, one thing after the other; everybody
// else hands work over.
#pragma once

#include <future>
#include <thread>

#include "engine/scheduler.h"

namespace tug {

/// Errors: kInvalidArgument for an id outside the vocabulary, with its place.
Status check_tokens(std::span<const int32_t> tokens, int64_t vocabulary);

class Runner {
 public:
  /// More than `waiting_max` requests that wait for their turn are refused; states of prompts take up to
  /// `state_memory` bytes. All three outlive the runner.
  Runner(Engine& engine, const Tokenizer& tokenizer, const std::vector<int32_t>& stop_tokens,
         int64_t waiting_max, int64_t state_memory);
  /// Cancels what lives, and waits for the last events.
  ~Runner();

  /// Events go to `sink`. Errors: kInvalidArgument, kContextFull, kOutOfMemory, kOverloaded.
  Result<Ticket> submit(Request request, EventSink sink);

  /// A request whose reader waits at `delivery->events`; it is never refused for those that wait.
  struct Reading {
    Ticket ticket;
    std::shared_ptr<Delivery> delivery;
  };
  /// Computes on what `remembered` holds; it is the runner's until the last event.
  Result<Reading> submit(Request request, std::shared_ptr<Remembered> remembered);

  /// Ends a request with the answer so far; within a step, wherever it is. Nothing happens if it has ended.
  void cancel(Ticket ticket) { end(ticket, std::nullopt); }

  /// Runs `work` on the engine's thread, between two steps, and waits for it. Throws what it throws.
  void run(FunctionRef<void()> work);

  /// Gives up states of prompts until so many bytes are free. On the engine's thread.
  void make_room(int64_t bytes) { scheduler_.make_room(bytes); }

 private:
  struct Ending {
    Ticket ticket;
    std::optional<Error> error;
  };
  struct Inbox {
    std::vector<std::unique_ptr<Job>> jobs;
    std::vector<Ending> endings;
    std::vector<std::packaged_task<void()>> work;
    bool stopping = false;
    bool woken = false;
  };

  Result<JobSpec> check(Request request);
  Status check_waiting() const;
  /// The way back from a delivery, which may outlive the runner: a sink may hold the last handle of its
  /// model.
  struct Door {
    std::mutex mutex;
    Runner* runner = nullptr;  // null: not there any more
  };
  std::shared_ptr<Delivery> make_delivery(size_t limit, EventSink sink, Ticket ticket);
  void end(Ticket ticket, std::optional<Error> error);
  void wake();
  Inbox wait_for_work(bool idle);
  void loop();

  Engine& engine_;
  const Tokenizer& tokenizer_;
  const std::vector<int32_t>& stop_tokens_;
  const int64_t waiting_max_;

  std::atomic<uint64_t> last_ticket_ = 0;
  std::mutex mutex_;  // guards the next
  Inbox inbox_;
  std::condition_variable arrived_;

  std::shared_ptr<Door> door_;
  Courier courier_;
  Scheduler scheduler_;
  std::thread thread_;
};

}  // namespace tug
