// A request at work: its generation, what it remembers, and the way of its events.
#pragma once

#include <chrono>
#include <memory>

#include "engine/answer_writer.h"
#include "engine/courier.h"
#include "engine/generation.h"

namespace tug {

/// A sequence and the tokens whose state it holds. Lent to a job by a session, or the job's own.
struct Remembered {
  std::unique_ptr<Sequence> sequence;  // null: nothing
  std::vector<int32_t> tokens;         // sequence->length of them

  void forget() {
    sequence.reset();
    tokens.clear();
  }
};

struct JobSpec {
  Ticket ticket;
  Prompt prompt;
  GenerateOptions options;
  Json tools;           // the prompt's, parsed; null: none
  int64_t context = 0;  // most tokens, prompt and answer
  std::shared_ptr<Remembered> remembered;
  std::shared_ptr<Delivery> delivery;
};

/// Used by the engine's thread alone.
class Job {
 public:
  Job(JobSpec spec, const Tokenizer& tokenizer, const std::vector<int32_t>& stop_tokens, Courier& courier);

  Ticket ticket() const { return ticket_; }
  int64_t context() const { return context_; }
  Remembered& remembered() { return *remembered_; }
  Generation& generation() { return generation_; }

  /// Its turn has come, perhaps again: keeps what is remembered of the prompt.
  void take_up();
  /// Tokens that wait to be computed; 0 while its reader is behind.
  int64_t rows_wanted() const;
  /// After a step that had rows of this job: sends what is new, unless they failed.
  void report(size_t rows);

  bool done() const { return error_ || generation_.done(); }
  /// The first error counts.
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
  }
  /// Sends the last event; afterwards whoever lent the sequence has it back.
  void end();

 private:
  using Clock = std::chrono::steady_clock;
  void send(Event event) { courier_.send(delivery_, std::move(event)); }
  void send_progress();
  void send(std::vector<Piece> pieces);
  Answer make_answer();

  Ticket ticket_;
  int64_t context_;
  Generation generation_;
  AnswerWriter writer_;
  std::shared_ptr<Remembered> remembered_;
  std::shared_ptr<Delivery> delivery_;
  Courier& courier_;

  std::optional<Error> error_;
  Clock::time_point submitted_, taken_up_, first_token_;
  int64_t reused_ = 0, progress_ = -1;  // tokens of the prompt; -1: none was sent
  size_t shown_ = 0;                    // tokens of the answer
};

}  // namespace tug
