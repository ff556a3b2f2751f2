#include "server/call.h"

#include <algorithm>
#include <ctime>

#include "server/prompts.h"

namespace tug {

Call::Call(CallHost& host, Visit visit, std::shared_ptr<Responder> responder)
    : host_(host), visit_(std::move(visit)), responder_(std::move(responder)) {}

Call::~Call() { host_.live.remove(this); }

void Call::start(CallHost& host, Visit visit, std::shared_ptr<Responder> responder, ParsedCall parsed) {
  const auto call = std::make_shared<Call>(host, std::move(visit), std::move(responder));
  host.live.add(call);
  call->begin(std::move(parsed));
}

void Call::begin(ParsedCall parsed) {
  const ModelText& text = host_.model.text();
  const auto refuse = [&](const Failure& failure) { responder_->send(visit_.close(failure)); };
  auto prompts = make_prompts(text, parsed.call);
  if (!prompts.ok()) return refuse(failure_of(prompts.error()));
  if (const auto failure = check_context(*prompts, host_.context)) return refuse(*failure);

  ReplyContext context;
  context.id = new_id(24);
  context.created = static_cast<int64_t>(std::time(nullptr));
  context.model = model_ = parsed.call.model.empty() ? host_.model_name : parsed.call.model;
  for (const Prompt& prompt : *prompts) context.prompt_tokens += static_cast<int64_t>(prompt.tokens.size());
  context.answers = prompts->size() * static_cast<size_t>(parsed.call.answers);
  context.token_bytes = [text](int32_t token) {
    auto bytes = text.token_bytes(token);
    return bytes.ok() ? std::move(*bytes) : std::string();
  };
  context.seconds = [start = std::chrono::steady_clock::now()] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };

  const std::lock_guard lock(mutex_);  // events wait until the first frame is written
  stream_ = parsed.call.stream;
  calls_max_ = parsed.call.calls_max;
  writer_ = parsed.make_writer(std::move(context));
  try {
    const auto failure =
        submit(make_requests(text, parsed.call, *std::move(prompts), host_.context, visit_.scope()));
    if (!failure) return open_reply();
    give_up();
    refuse(*failure);
  } catch (...) {
    give_up();
    throw;
  }
}

void Call::open_reply() {
  if (stream_) {
    HttpReply head = visit_.open_stream();
    writer_->begin(head.body);
    responder_->on_silence(host_.heartbeat, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->heartbeat();
    });
    responder_->begin(std::move(head));
  }
  responder_->on_gone([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->gone_ = true;
    self->cancel_all();
  });
  if (cut_) cancel_all();
}

void Call::give_up() {
  closed_ = true;
  cancel_all();
}

std::optional<Failure> Call::submit(std::vector<Request> requests) {
  courses_.resize(requests.size());
  outcomes_.resize(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    auto ticket =
        host_.model.submit(std::move(requests[i]),
                           [self = shared_from_this(), i](const Event& event) { self->on_event(i, event); });
    if (!ticket.ok()) return failure_of(ticket.error());
    host_.metrics.answer_waits();
    ++open_answers_;
    const std::lock_guard lock(tickets_mutex_);
    tickets_.push_back(*ticket);
  }
  return std::nullopt;
}

void Call::cancel_all() {
  std::vector<Ticket> tickets;
  {
    const std::lock_guard lock(tickets_mutex_);
    tickets = tickets_;
  }
  for (const Ticket ticket : tickets) host_.model.cancel(ticket);
}

void Call::cut() {
  cut_ = true;
  cancel_all();
}

void Call::heartbeat() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock() || closed_) return;  // an event is being written: that is no silence
  std::string out;
  writer_->heartbeat(out);
  responder_->write_now(out);
}

void Call::on_event(size_t which, const Event& event) {
  const std::lock_guard lock(mutex_);
  std::string out;
  if (const auto* progress = std::get_if<PromptProgress>(&event)) {
    if (!courses_[which].started) host_.metrics.answer_starts();
    courses_[which].started = true;
    if (stream_ && !closed_) writer_->progress(which, *progress, out);
  } else if (const auto* token = std::get_if<SampledToken>(&event)) {
    on_token(which, *token, out);
  } else if (const auto* piece = std::get_if<Piece>(&event)) {
    on_piece(which, *piece, out);
  } else if (const auto* answer = std::get_if<Answer>(&event)) {
    on_answer(which, *answer, out);
  } else if (const auto* error = std::get_if<Error>(&event)) {
    host_.metrics.answer_ends(courses_[which].started, "error", {}, visit_.seconds());
    --open_answers_;
    on_failure(failure_of(*error), out);
  }
  if (!out.empty() && !responder_->write(out)) {
    gone_ = true;
    cancel_all();
  }
  if (closed_ && stream_ && open_answers_ == 0) responder_->end();
}

void Call::on_token(size_t which, const SampledToken& token, std::string& out) {
  Course& course = courses_[which];
  const double now = visit_.seconds();
  if (course.sampled++ == 0) {
    host_.metrics.first_token(now);
    course.streamed = host_.model.streaming();
  } else host_.metrics.next_token(now - course.last_token);
  course.last_token = now;
  if (stream_ && !closed_) writer_->token(which, token, out);
}

void Call::on_piece(size_t which, const Piece& piece, std::string& out) {
  Course& course = courses_[which];
  if (piece.kind == Piece::Kind::kReasoning) course.reasoning = course.sampled;
  if (piece.kind == Piece::Kind::kToolCall && piece.index >= calls_max_ && !course.enough) {
    course.enough = true;
    const std::lock_guard lock(tickets_mutex_);
    host_.model.cancel(tickets_[which]);
  }
  if (stream_ && !closed_ && !course.enough) writer_->piece(which, piece, out);
}

void Call::on_answer(size_t which, const Answer& answer, std::string& out) {
  const Timings& timings = answer.timings;
  host_.metrics.answer_ends(courses_[which].started, finish_reason_name(answer.finish), timings,
                            visit_.seconds());
  --open_answers_;
  if (closed_) return;
  Outcome& outcome = outcomes_[which];
  outcome.answer = answer;
  if (courses_[which].enough) {
    outcome.answer.finish = FinishReason::kToolCalls;
    outcome.answer.tool_calls.resize(std::min(answer.tool_calls.size(), static_cast<size_t>(calls_max_)));
  }
  outcome.usage = {.prompt = timings.prompt_tokens + timings.reused_tokens,
                   .cached = timings.reused_tokens,
                   .answer = timings.answer_tokens,
                   .reasoning = std::min(courses_[which].reasoning, timings.answer_tokens)};
  outcome.limit =
      decode_limit(host_.model.info(), host_.model.streaming() - courses_[which].streamed, host_.speed);
  if (outcome.answer.finish == FinishReason::kCancelled) {
    // By its client, who is gone, or by the server's end.
    return on_failure({Failure::Kind::kStopping, "The server is shutting down; try again later."}, out);
  }
  if (stream_) writer_->finish(which, outcome, out);
  if (open_answers_ == 0) on_last(out);
}

void Call::on_failure(const Failure& failure, std::string& out) {
  if (closed_) return;
  give_up();
  constexpr int kClientGone = 499;  // nginx's number, for the log alone
  if (gone_) return visit_.log(kClientGone, facts());
  if (!stream_) return responder_->send(visit_.close(failure));
  writer_->fail(failure, out);
  Json line = facts();
  line.set("error", failure.message);
  visit_.log(200, line);
}

void Call::on_last(std::string& out) {
  closed_ = true;
  if (!stream_) {
    return responder_->send(visit_.close({.body = writer_->whole(outcomes_)}, facts()));
  }
  writer_->end(out);
  visit_.log(200, facts());
}

Json Call::facts() const {
  Usage usage;
  Timings timings;
  for (const Outcome& outcome : outcomes_) {
    usage.prompt += outcome.usage.prompt;
    usage.cached += outcome.usage.cached;
    usage.answer += outcome.usage.answer;
    usage.reasoning += outcome.usage.reasoning;
    timings = outcome.answer.timings;
  }
  return Json::object({{"dialect", visit_.dialect().name},
                       {"model", model_},
                       {"stream", stream_},
                       {"prompt_tokens", usage.prompt},
                       {"cached_tokens", usage.cached},
                       {"answer_tokens", usage.answer},
                       {"reasoning_tokens", usage.reasoning},
                       {"queue_seconds", timings.queue_seconds},
                       {"prefill_seconds", timings.prefill_seconds},
                       {"decode_seconds", timings.decode_seconds},
                       {"finish", finish_reason_name(outcomes_.front().answer.finish)}});
}

}  // namespace tug
