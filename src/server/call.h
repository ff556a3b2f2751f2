// One call: from the typed request to the last byte of its reply.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "server/live_calls.h"
#include "server/metrics.h"
#include "server/visit.h"
#include "tugboat/model.h"

namespace tug {

/// What all calls share; outlives them.
struct CallHost {
  const Model& model;
  const std::string& model_name;
  int64_t context;
  std::chrono::milliseconds heartbeat;
  ReadSpeed speed;
  Metrics& metrics;
  LiveCalls& live;
};

class Call : public std::enable_shared_from_this<Call> {
 public:
  /// Answers `parsed`: with an error at once, or from the model's events later.
  static void start(CallHost& host, Visit visit, std::shared_ptr<Responder> responder, ParsedCall parsed);

  Call(CallHost& host, Visit visit, std::shared_ptr<Responder> responder);
  ~Call();

  /// Ends it with an error, because the server stops.
  void cut();

 private:
  /// How far one of its answers is.
  struct Course {
    bool started = false;
    int64_t sampled = 0, reasoning = 0;  // tokens
    double last_token = 0;               // seconds
    Streaming streamed = {};             // by the model, before its second token
    bool enough = false;                 // it has called all the tools that it may, and wants one more
  };

  void begin(ParsedCall parsed);
  void open_reply();
  void give_up();
  std::optional<Failure> submit(std::vector<Request> requests);
  void on_event(size_t which, const Event& event);
  void on_token(size_t which, const SampledToken& token, std::string& out);
  void on_piece(size_t which, const Piece& piece, std::string& out);
  void on_answer(size_t which, const Answer& answer, std::string& out);
  void on_failure(const Failure& failure, std::string& out);
  void on_last(std::string& out);
  void cancel_all();
  void heartbeat();
  Json facts() const;

  CallHost& host_;
  Visit visit_;
  const std::shared_ptr<Responder> responder_;

  std::mutex tickets_mutex_;  // guards the next; nobody waits while he holds it
  std::vector<Ticket> tickets_;
  std::atomic<bool> gone_ = false;  // the client
  std::atomic<bool> cut_ = false;

  std::mutex mutex_;  // guards all that follows: one event at a time
  std::unique_ptr<ReplyWriter> writer_;
  std::string model_;
  bool stream_ = false;
  int64_t calls_max_ = 0;
  bool closed_ = false;  // the reply is complete, or nobody wants it
  std::vector<Course> courses_;
  std::vector<Outcome> outcomes_;
  size_t open_answers_ = 0;
};

}  // namespace tug
