// A request at work: its generation, what it remembers, and the way of its events.
#pragma once

#include <chrono>
#include <memory>

#include "engine/answer_writer.h"
#include "engine/courier.h"
#include "engine/generation.h"
#include "engine/remembered.h"
#include "state/prefix_cache.h"

namespace tug {

struct JobSpec {
  Ticket ticket;
  Prompt prompt;
  GenerateOptions options;
  Json tools;  // the prompt's, parsed; null: none
  ReasoningBudget reasoning;
  std::string scope;                       // of prompts that may share what was computed
  int64_t context = 0;                     // most tokens, prompt and answer
  std::shared_ptr<Remembered> remembered;  // of a session; null: the job's own
  std::shared_ptr<Delivery> delivery;
};

/// Used by the engine's thread alone.
class Job {
 public:
  Job(JobSpec spec, const Tokenizer& tokenizer, const std::vector<int32_t>& stop_tokens, const Engine& engine,
      Courier& courier);

  Ticket ticket() const { return ticket_; }
  Generation& generation() { return generation_; }
  Sequence& sequence() { return *remembered_->sequence; }

  /// Goes on with what others have computed, where that is more of its prompt than it has. A session's own
  /// memory is left alone.
  void recall(PrefixCache& cache);
  /// Room for the state of all its tokens. Errors: kOutOfMemory.
  Status reserve();
  /// Its turn has come, perhaps again; there is room.
  void take_up();
  /// Gives its room to others. It comes again and computes its tokens once more, to the same bits.
  void park();
  /// Its turn has not come: others may have the room of what it has recalled.
  void let_go() {
    if (remembered_is_own_) park();
  }
  /// Alone, and without room for one more token: an answer ends here, a prompt cannot begin.
  void run_out(Error error);

  /// Its reader is behind: it gets no rows.
  bool paused() const { return delivery_->events.full(); }
  /// And has been for so long that others may have its room.
  bool stalled();
  static constexpr std::chrono::milliseconds kPatience{500};
  /// Its sequence is in a pass, and must not be touched.
  bool in_pass() const { return in_pass_; }
  void set_in_pass(bool in_pass) { in_pass_ = in_pass; }
  /// Nothing is lost when a pass with its rows is given up: a session's recurrent state has no way back.
  bool can_be_dropped() const {
    return remembered_is_own_ || remembered_->tokens.empty() || engine_.state_layout().fixed_bytes == 0;
  }
  /// Tokens that wait to be computed.
  int64_t rows_wanted() const;
  /// After a step that had rows of this job: sends what is new, unless they failed.
  void report(size_t rows);
  /// Keeps its state where a later prompt may part from it.
  void keep(PrefixCache& cache);

  bool done() const { return error_ || generation_.done(); }
  /// The first error counts.
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
  }
  /// Sends the last event; before that whoever lent the sequence has it back, or else `cache` has it.
  void end(PrefixCache& cache);

 private:
  using Clock = std::chrono::steady_clock;
  void send(Event event) { courier_.send(delivery_, std::move(event)); }
  void send_progress();
  void send(std::vector<Piece> pieces);
  Answer make_answer();
  void set_marks(int64_t parted);
  void give_back(PrefixCache& cache);

  Ticket ticket_;
  int64_t context_;
  Generation generation_;
  AnswerWriter writer_;
  std::string scope_;
  int64_t system_tokens_;
  bool remembered_is_own_;
  std::shared_ptr<Remembered> remembered_;
  std::shared_ptr<Delivery> delivery_;
  const Engine& engine_;
  Courier& courier_;

  std::optional<Error> error_;
  Clock::time_point submitted_, taken_up_, first_token_;
  std::optional<Clock::time_point> paused_since_;
  int64_t reused_ = 0, progress_ = -1;  // tokens of the prompt; -1: none was sent
  size_t shown_ = 0;                    // tokens of the answer
  bool in_pass_ = false;
  uint64_t looked_up_ = 0;      // the cache's version at that time
  std::vector<int64_t> marks_;  // lengths at which the state is kept, ascending
};

}  // namespace tug
