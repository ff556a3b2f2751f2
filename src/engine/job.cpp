#include "engine/job.h"

#include <algorithm>

#include "base/random.h"

namespace tug {
namespace {

/// A conversation asks for no answer twice, so this names an answer's calls within it.
uint64_t hash_of(const std::vector<int32_t>& prompt, uint64_t seed) {
  uint64_t hash = seed;
  for (int32_t token : prompt) hash = mix_bits(hash + static_cast<uint32_t>(token));
  return hash;
}

double seconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

/// A state pays if it saves at least so many tokens.
constexpr int64_t kWorthKeeping = 64;

}  // namespace

Job::Job(JobSpec spec, const Tokenizer& tokenizer, const std::vector<int32_t>& stop_tokens,
         const Engine& engine, Courier& courier)
    : ticket_(spec.ticket),
      context_(spec.context),
      generation_(spec.prompt.tokens, spec.options, spec.context, tokenizer.size(), stop_tokens,
                  std::move(spec.reasoning)),
      writer_(tokenizer, spec.prompt, spec.options.stop, spec.tools.is_null() ? nullptr : &spec.tools,
              hash_of(spec.prompt.tokens, spec.options.sampling.seed)),
      scope_(std::move(spec.scope)),
      system_tokens_(spec.prompt.system_tokens),
      remembered_is_own_(!spec.remembered),
      remembered_(spec.remembered ? std::move(spec.remembered) : std::make_shared<Remembered>()),
      delivery_(std::move(spec.delivery)),
      engine_(engine),
      courier_(courier),
      submitted_(Clock::now()),
      taken_up_(submitted_),
      first_token_(submitted_) {}

void Job::recall(PrefixCache& cache) {
  const auto held = static_cast<int64_t>(remembered_->tokens.size());
  const auto prompt = static_cast<int64_t>(generation_.prompt().size());
  if (!remembered_is_own_ || held + 1 >= prompt || looked_up_ == cache.version()) return;
  looked_up_ = cache.version();
  std::vector<int32_t> known = generation_.prompt();
  known.insert(known.end(), generation_.answer().begin(), generation_.answer().end());
  PrefixCache::Found found = cache.find(scope_, known, context_);
  set_marks(found.common);
  if (!found.sequence || found.sequence->length() <= held) return;
  const int64_t length = found.sequence->length();
  known.resize(static_cast<size_t>(length));
  *remembered_ = {std::move(found.sequence), std::move(known)};
  if (progress_ >= 0) reused_ += std::max<int64_t>(std::min(length, prompt) - progress_, 0);
}

/// Where prompts have parted once they will part again, and so at the end of the system's words. The end of
/// the prompt is near enough to the header of the answer: a state may be cut by kDropMax tokens. Without a
/// recurrent part a state begins all that its own beginnings begin.
void Job::set_marks(int64_t parted) {
  const auto end = static_cast<int64_t>(generation_.prompt().size());
  marks_ = {std::min(parted, end), std::min(system_tokens_, end)};
  if (engine_.state_layout().fixed_bytes == 0) marks_.clear();
  std::ranges::sort(marks_);
  marks_.push_back(end);
  std::erase_if(marks_, [&, last = int64_t{0}](int64_t mark) mutable {
    if (mark != end && (mark < last + kWorthKeeping || mark + kDropMax >= end)) return true;
    last = mark;
    return false;
  });
}

void Job::keep(PrefixCache& cache) {
  if (error_ || !remembered_is_own_) return;
  const auto held = static_cast<int64_t>(remembered_->tokens.size());
  for (; !marks_.empty() && marks_.front() <= held; marks_.erase(marks_.begin())) {
    if (held - marks_.front() > kDropMax) continue;
    if (auto fork = sequence().fork(); fork.ok())
      cache.keep(scope_, remembered_->tokens, std::move(fork).value());
  }
}

void Job::park() {
  remembered_->forget();
  looked_up_ = 0;
}

Status Job::reserve() {
  const bool started = progress_ >= 0;  // what it holds is its own
  if (!started) remembered_->keep_start_of(generation_.prompt());
  return remembered_->reserve(engine_, generation_.known_tokens(), context_);
}

void Job::take_up() {
  if (progress_ >= 0) return;
  taken_up_ = Clock::now();
  reused_ = static_cast<int64_t>(remembered_->tokens.size());
  send_progress();
}

void Job::run_out(Error error) {
  if (generation_.answer().empty()) fail(std::move(error));
  else generation_.finish(FinishReason::kContextFull);
}

bool Job::stalled() {
  if (!paused()) paused_since_.reset();
  else if (!paused_since_) paused_since_ = Clock::now();
  return paused_since_ && Clock::now() - *paused_since_ >= kPatience;
}

int64_t Job::rows_wanted() const {
  if (done() || paused()) return 0;
  const auto held = static_cast<int64_t>(remembered_->tokens.size());
  // A streamed model reads its experts for every step: none is worth another step.
  const bool stops_at_mark = !engine_.store().streams();
  for (const int64_t mark : marks_) {
    if (stops_at_mark && mark > held) return std::min(mark, generation_.known_tokens()) - held;
  }
  return generation_.known_tokens() - held;
}

void Job::send_progress() {
  const auto total = static_cast<int64_t>(generation_.prompt().size());
  const int64_t read = std::min(total, static_cast<int64_t>(remembered_->tokens.size()));
  if (read <= progress_) return;
  progress_ = read;
  send(PromptProgress{.done = read, .total = total, .reused = reused_});
}

void Job::send(std::vector<Piece> pieces) {
  for (Piece& piece : pieces) send(Event(std::move(piece)));
}

void Job::report(size_t rows) {
  if (error_) return;
  std::vector<int32_t>& held = remembered_->tokens;
  for (size_t i = 0; i < rows; ++i) held.push_back(generation_.token_at(static_cast<int64_t>(held.size())));
  send_progress();
  if (shown_ == 0 && (generation_.done() || !generation_.answer().empty())) first_token_ = Clock::now();
  for (; shown_ < generation_.answer().size() && !writer_.stopped(); ++shown_) {
    const int32_t token = generation_.answer()[shown_];
    const auto& probabilities = generation_.log_probabilities();
    send(probabilities.empty() ? SampledToken{.token = token} : probabilities[shown_]);
    send(writer_.push(token));
  }
  if (writer_.stopped()) generation_.finish(FinishReason::kStop);
}

Answer Job::make_answer() {
  Answer answer;
  writer_.fill(answer);
  answer.tokens = generation_.answer();
  answer.log_probabilities = generation_.log_probabilities();
  const bool calls = generation_.reason() == FinishReason::kStop && !answer.tool_calls.empty();
  answer.finish = calls ? FinishReason::kToolCalls : generation_.reason();
  answer.timings.prompt_tokens = std::max<int64_t>(progress_ - reused_, 0);
  answer.timings.reused_tokens = reused_;
  answer.timings.answer_tokens = static_cast<int64_t>(answer.tokens.size());
  answer.timings.queue_seconds = seconds(taken_up_ - submitted_);
  answer.timings.prefill_seconds = seconds(std::max(first_token_, taken_up_) - taken_up_);
  answer.timings.decode_seconds = seconds(Clock::now() - std::max(first_token_, taken_up_));
  return answer;
}

/// A state that nobody can continue is given up.
void Job::give_back(PrefixCache& cache) {
  Sequence* sequence = remembered_->sequence.get();
  const bool usable = sequence && !error_ && !sequence->error();
  if (!usable) remembered_->forget();
  if (!remembered_is_own_) return;
  if (usable && sequence->truncate(sequence->length()).ok())
    cache.keep(scope_, std::move(remembered_->tokens), std::move(remembered_->sequence));
  remembered_->forget();
}

void Job::end(PrefixCache& cache) {
  if (!error_) send(writer_.finish());
  Event last = error_ ? Event(*error_) : Event(make_answer());
  give_back(cache);
  remembered_.reset();
  courier_.send_last(std::move(delivery_), std::move(last));
}

}  // namespace tug
