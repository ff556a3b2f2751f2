// Which rows of which requests make the next step.
#pragma once

#include <atomic>
#include <deque>
#include <span>

#include "engine/engine.h"
#include "engine/job.h"
#include "engine/lanes.h"

namespace tug {

/// Shares the rows of a step: who wants few gets all of them; of what is left, the first of the others gets a
/// half, and then the shortest as much as they want. So a long prompt neither stops those that decode nor a
/// shorter prompt, and equal prompts are read one after the other: none waits for all.
std::vector<int64_t> share_rows(std::span<const int64_t> wanted, int64_t rows_max);

/// Continuous batching: a step has rows of all requests that want few, those that decode above all. Prompts
/// are read by longer passes, which stop between blocks and let such steps through. When memory runs out,
/// the youngest that is in no pass is parked and computed again later. Used by the engine's thread.
class Scheduler {
 public:
  /// States of prompts are kept in up to `state_memory` bytes, as long as nobody needs them.
  Scheduler(Engine& engine, int64_t state_memory)
      : engine_(engine), cache_(engine.state_layout(), state_memory) {}

  /// Requests take their turns in the order of their tickets.
  void add(std::unique_ptr<Job> job);
  /// Ends a request, if it still lives: with the answer so far, or with an error.
  void cancel(Ticket ticket, std::optional<Error> error);
  void cancel_all();

  /// Lets in who may work beside the others, and runs a step, or a block of a long one. False: nobody wants
  /// one before something changes.
  bool step();

  /// Gives up states that were kept until so many bytes are free, or none is left.
  void make_room(int64_t bytes);

  /// Those that were not let in yet. For all threads.
  int64_t waiting() const { return waiting_count_; }

 private:
  using Jobs = std::deque<std::unique_ptr<Job>>;
  void admit();
  bool admit_next();
  void park(Jobs::iterator which);
  bool park_stalled();
  void make_room();
  struct Share {
    Job* job;
    size_t first, count;  // rows
  };
  /// Rows on their way, or chosen to be.
  struct Flight {
    std::vector<Share> shares = {};
    std::vector<Row> rows = {};
    std::optional<Pass> pass = {};
  };
  void choose(Flight& flight, bool few);
  void run(Flight& flight, int64_t blocks);
  bool begin(Flight& flight);
  void finish(Flight& flight);
  void drop(Flight& flight);
  void drop_unwanted();
  void end_done(Jobs& jobs);

  Engine& engine_;
  PrefixCache cache_;
  Jobs waiting_, active_;  // each in the order of tickets
  std::atomic<int64_t> waiting_count_ = 0;
  Lanes lanes_;
  Flight long_, short_;
};

}  // namespace tug
