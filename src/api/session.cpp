#include <algorithm>
#include <chrono>
#include <cstring>

#include "api/parts.h"
#include "base/units.h"
#include "engine/generation.h"
#include "kernels/exact_math.h"
#include "text/output_parser.h"
#include "text/stop_strings.h"

namespace tug {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// From tokens to what the caller sees: detokenised, cut at stop strings, split into text, reasoning and
/// calls.
class AnswerWriter {
 public:
  AnswerWriter(const Tokenizer& tokenizer, const Prompt& prompt, std::vector<std::string> stops,
               const Json* tools, const OnPiece& on_piece)
      : detokenizer_(tokenizer), stops_(std::move(stops)), on_piece_(on_piece) {
    if (!prompt.raw) parser_.emplace(prompt.in_reasoning, tools);
  }

  void push(int32_t token) { write(stops_.push(detokenizer_.push(token))); }
  bool stopped() const { return stops_.found(); }
  bool cancelled() const { return cancelled_; }
  void poll() {
    if (on_piece_ && !on_piece_({Piece::Kind::kText, {}})) cancelled_ = true;
  }

  void finish(Answer& answer) {
    write(stops_.push(detokenizer_.finish()));
    if (!stops_.found()) write(stops_.finish());
    if (parser_) {
      for (auto& piece : parser_->finish()) emit(std::move(piece));
    }
    answer.tool_calls = std::move(tool_calls_);
    answer.text = std::move(text_);
    answer.reasoning = std::move(reasoning_);
  }

 private:
  void write(std::string text) {
    if (text.empty()) return;
    if (!parser_) return emit({OutputParser::Piece::Kind::kContent, std::move(text)});
    for (auto& piece : parser_->push(text)) emit(std::move(piece));
  }
  void emit(OutputParser::Piece piece) {
    if (piece.kind == OutputParser::Piece::Kind::kCall) {
      tool_calls_.push_back(std::move(piece.call));
      return;
    }
    const bool reasoning = piece.kind == OutputParser::Piece::Kind::kReasoning;
    (reasoning ? reasoning_ : text_) += piece.text;
    const auto kind = reasoning ? Piece::Kind::kReasoning : Piece::Kind::kText;
    if (on_piece_ && !on_piece_({kind, std::move(piece.text)})) cancelled_ = true;
  }

  Detokenizer detokenizer_;
  StopStrings stops_;
  std::optional<OutputParser> parser_;
  const OnPiece& on_piece_;
  std::string text_, reasoning_;
  std::vector<ToolCall> tool_calls_;
  bool cancelled_ = false;
};

bool starts_with(const std::vector<int32_t>& tokens, const std::vector<int32_t>& start) {
  return start.size() <= tokens.size() && std::equal(start.begin(), start.end(), tokens.begin());
}

Status check_prompt(const Prompt& prompt, int64_t capacity) {
  const auto count = static_cast<int64_t>(prompt.tokens.size());
  if (count == 0)
    return Error(ErrorCode::kInvalidArgument, "The prompt is empty; there is nothing to continue.");
  if (count >= capacity) {
    return Error(ErrorCode::kContextFull, "The prompt has " + format_count(count) +
                                              " tokens and the context holds " + format_count(capacity) +
                                              ", the answer included. Shorten it or give a longer context.");
  }
  return {};
}

/// log(sum(exp(logits))).
double log_sum(std::span<const float> logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits) sum += exact_exp(static_cast<double>(logit) - largest);
  return largest + exact_log(sum);
}

}  // namespace

Result<Answer> Session::generate(const Prompt& prompt, const GenerateOptions& options,
                                 const OnPiece& on_piece) {
  TUG_TRY(check_prompt(prompt, capacity()));
  TUG_TRY(check_sampling(options.sampling));
  Json tools;
  if (!prompt.tools.empty()) tools = TUG_TRY(parse_json(prompt.tools));
  Parts& session = *parts_;
  const bool continues =
      session.tokens.size() < prompt.tokens.size() && starts_with(prompt.tokens, session.tokens);
  if (!continues) TUG_TRY(clear());

  Engine& engine = *session.model->engine;
  const ModelText::Parts& text = session.model->text.parts();
  Generation generation(*session.sequence, prompt.tokens, options, text.tokenizer.size(), text.stop_tokens);
  AnswerWriter writer(text.tokenizer, prompt, options.stop, tools.is_null() ? nullptr : &tools, on_piece);
  Answer answer;
  answer.timings.reused_tokens = session.sequence->length;
  answer.timings.prompt_tokens = static_cast<int64_t>(prompt.tokens.size()) - session.sequence->length;

  const auto start = Clock::now();
  auto first_token = start;
  std::vector<Row> rows;
  size_t shown = 0;
  while (!generation.done()) {
    rows.clear();
    generation.next_rows(engine.options().rows_max, rows);
    TUG_TRY(engine.step(rows, [&](size_t, std::span<float> logits) { generation.take_logits(logits); }));
    for (const Row& row : rows) session.tokens.push_back(row.token);
    if (shown == 0) first_token = Clock::now();
    writer.poll();
    for (; shown < generation.answer().size(); ++shown) writer.push(generation.answer()[shown]);
    if (writer.stopped()) generation.finish(FinishReason::kStop);
    if (writer.cancelled()) generation.finish(FinishReason::kCancelled);
  }
  const auto end = Clock::now();
  writer.finish(answer);
  answer.tokens = generation.answer();
  answer.finish = generation.reason();
  answer.timings.answer_tokens = static_cast<int64_t>(answer.tokens.size());
  answer.timings.prefill_seconds = seconds_between(start, first_token);
  answer.timings.decode_seconds = seconds_between(first_token, end);
  return answer;
}

Result<Score> Session::score(std::span<const int32_t> tokens,
                             const std::function<void(std::span<const float>)>& on_logits) {
  if (tokens.empty()) return Error(ErrorCode::kInvalidArgument, "There are no tokens to score.");
  if (static_cast<int64_t>(tokens.size()) > capacity()) {
    return Error(ErrorCode::kContextFull,
                 "The text has " + format_count(static_cast<int64_t>(tokens.size())) +
                     " tokens and the context holds " + format_count(capacity()) + ".");
  }
  TUG_TRY(clear());
  Parts& session = *parts_;
  Engine& engine = *session.model->engine;
  Score score;
  double sum = 0;
  std::vector<Row> rows;
  while (session.tokens.size() < tokens.size()) {
    const auto first = static_cast<int64_t>(session.tokens.size());
    const auto count = std::min(engine.options().rows_max, static_cast<int64_t>(tokens.size()) - first);
    rows.clear();
    for (int64_t i = first; i < first + count; ++i) {
      rows.push_back({tokens[static_cast<size_t>(i)], i, session.sequence.get(), true});
    }
    TUG_TRY(engine.step(rows, [&](size_t row, std::span<float> logits) {
      const size_t next = static_cast<size_t>(first) + row + 1;
      if (next < tokens.size()) {
        const double logit = logits[static_cast<size_t>(tokens[next])];
        score.log_probabilities.push_back(logit - log_sum(logits));
        sum += score.log_probabilities.back();
      }
      if (on_logits) on_logits(logits);
    }));
    for (const Row& row : rows) session.tokens.push_back(row.token);
  }
  if (!score.log_probabilities.empty()) {
    score.perplexity = exact_exp(-sum / static_cast<double>(score.log_probabilities.size()));
  }
  return score;
}

const std::vector<int32_t>& Session::tokens() const { return parts_->tokens; }
int64_t Session::capacity() const { return parts_->sequence->capacity; }

// tokens i64, ids i32 each, then the sequence.
std::vector<std::byte> Session::save() const {
  ByteWriter to;
  to.write(static_cast<int64_t>(parts_->tokens.size()));
  to.append(parts_->tokens.data(), parts_->tokens.size() * sizeof(int32_t));
  const std::vector<std::byte> state = save_sequence(*parts_->sequence, parts_->model->engine->fingerprint());
  to.append(state.data(), state.size());
  return to.take();
}

Status Session::restore(std::span<const std::byte> bytes) {
  ByteReader from(bytes);
  const auto count = TUG_TRY(from.read<int64_t>());
  if (count < 0 || count > static_cast<int64_t>(from.remaining() / sizeof(int32_t))) {
    return Error(ErrorCode::kCorrupt, "The saved session names more tokens than it holds.");
  }
  const ByteView ids = TUG_TRY(from.take(static_cast<uint64_t>(count) * sizeof(int32_t)));
  const Engine& engine = *parts_->model->engine;
  auto sequence = TUG_TRY(engine.new_sequence(capacity()));
  TUG_TRY(restore_sequence(bytes.subspan(from.position()), engine.fingerprint(), *sequence));
  if (sequence->length != count) {
    return Error(ErrorCode::kCorrupt, "The saved session's tokens and state differ in length.");
  }
  parts_->sequence = std::move(sequence);
  parts_->tokens.resize(static_cast<size_t>(count));
  if (count > 0) std::memcpy(parts_->tokens.data(), ids.data(), ids.size());
  return {};
}

Status Session::clear() {
  if (parts_->sequence->length > 0 || !parts_->tokens.empty()) {
    parts_->sequence = TUG_TRY(parts_->model->engine->new_sequence(capacity()));
    parts_->tokens.clear();
  }
  return {};
}

}  // namespace tug
