#include <algorithm>
#include <exception>

#include "api/parts.h"

namespace tug {
namespace {

/// How long a caller waits without a chance to cancel.
constexpr std::chrono::milliseconds kPatience{100};

bool is_last(const Event& event) {
  return std::holds_alternative<Answer>(event) || std::holds_alternative<Error>(event);
}

/// Shows an answer's pieces to the caller, as long as the caller wants them.
class PieceReader {
 public:
  PieceReader(const OnPiece& on_piece, bool probabilities)
      : on_piece_(on_piece), probabilities_(probabilities) {}

  /// An event before the last, or none for a while. False: the caller has had enough.
  bool take(const std::optional<Event>& event) try {
    if (const auto* piece = event ? std::get_if<Piece>(&*event) : nullptr) return show(*piece);
    if (const auto* token = event ? std::get_if<SampledToken>(&*event) : nullptr) add(*token);
    return show({.kind = Piece::Kind::kText, .text = {}});
  } catch (...) {
    thrown_ = std::current_exception();
    return false;
  }

  /// Of a cancelled answer what the caller has seen; one step may have been computed beyond that.
  Result<Answer> finish(Event last, bool cancelled) {
    if (thrown_) std::rethrow_exception(thrown_);
    if (auto* error = std::get_if<Error>(&last)) return std::move(*error);
    auto& answer = std::get<Answer>(last);
    if (!cancelled) return std::move(answer);
    seen_.finish = FinishReason::kCancelled;
    seen_.timings = answer.timings;
    seen_.timings.answer_tokens = static_cast<int64_t>(seen_.tokens.size());
    return std::move(seen_);
  }

 private:
  void add(const SampledToken& token) {
    seen_.tokens.push_back(token.token);
    if (probabilities_) seen_.log_probabilities.push_back(token);
  }
  bool show(const Piece& piece) {
    if (piece.kind == Piece::Kind::kText) seen_.text += piece.text;
    if (piece.kind == Piece::Kind::kReasoning) seen_.reasoning += piece.text;
    if (piece.kind == Piece::Kind::kToolCall) {
      if (piece.index == static_cast<int64_t>(seen_.tool_calls.size()))
        seen_.tool_calls.push_back({piece.name, {}, piece.id});
      seen_.tool_calls.back().arguments += piece.text;
    }
    return !on_piece_ || on_piece_(piece);
  }

  const OnPiece& on_piece_;
  bool probabilities_;
  Answer seen_;
  std::exception_ptr thrown_;
};

}  // namespace

Session::Session(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Answer> Session::generate(const Prompt& prompt, const GenerateOptions& options,
                                 const OnPiece& on_piece) {
  const Parts::Use use = TUG_TRY(parts_->use());
  Runner& runner = *parts_->model->runner;
  const Runner::Reading reading = TUG_TRY(
      runner.submit({.prompt = prompt, .options = options, .context = capacity()}, parts_->remembered));
  PieceReader reader(on_piece, options.log_probabilities >= 0);
  bool cancelled = false;
  while (true) {
    std::optional<Event> event = reading.delivery->events.take(kPatience);
    if (event && is_last(*event)) return reader.finish(*std::move(event), cancelled);
    if (cancelled || reader.take(event)) continue;
    cancelled = true;
    runner.cancel(reading.ticket);
  }
}

const std::vector<int32_t>& Session::tokens() const { return parts_->remembered->tokens; }
int64_t Session::capacity() const { return parts_->capacity; }

Status Session::save(const ByteSink& sink) const {
  const Parts::Use use = TUG_TRY(parts_->use());
  uint64_t model = 0;
  TUG_TRY(parts_->run([&]() -> Status {
    TUG_TRY(parts_->reserve(0));
    model = TUG_TRY(parts_->model->engine->fingerprint());
    return {};
  }));
  const Remembered& remembered = *parts_->remembered;  // while no request runs, nobody else's
  return remembered.sequence->save(0, model, remembered.tokens, sink);
}

Status Session::restore(const ByteSource& source) {
  const Parts::Use use = TUG_TRY(parts_->use());
  Engine& engine = *parts_->model->engine;
  std::unique_ptr<Sequence> sequence;
  uint64_t model = 0;
  TUG_TRY(parts_->run([&]() -> Status {
    sequence = TUG_TRY(engine.new_sequence(capacity()));
    parts_->model->runner->make_room(engine.sequence_bytes(capacity()));
    model = TUG_TRY(engine.fingerprint());
    return {};
  }));
  std::vector<int32_t> tokens = TUG_TRY(sequence->restore(model, source));
  TUG_TRY(check_tokens(tokens, engine.plan().vocabulary));
  return parts_->run([&]() -> Status {  // who waits for memory may have what this gives back
    *parts_->remembered = {std::move(sequence), std::move(tokens)};
    return {};
  });
}

Status Session::clear() {
  const Parts::Use use = TUG_TRY(parts_->use());
  return parts_->run([&]() -> Status {
    parts_->forget();
    return {};
  });
}

}  // namespace tug
