#include "engine/generation.h"

#include <algorithm>

#include "engine/log_probabilities.h"
#include "engine/repetition.h"

namespace tug {
namespace {

constexpr size_t kLookEvery = 64;  // tokens

}  // namespace

const char* finish_reason_name(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop: return "stop";
    case FinishReason::kToolCalls: return "tool_calls";
    case FinishReason::kLength: return "length";
    case FinishReason::kContextFull: return "context_full";
    case FinishReason::kRepetition: return "repetition";
    case FinishReason::kCancelled: return "cancelled";
  }
  return "unknown";
}

Generation::Generation(std::vector<int32_t> prompt, const GenerateOptions& options, int64_t context,
                       int64_t tokens, std::vector<int32_t> stop_tokens, ReasoningBudget reasoning)
    : context_(context),
      prompt_(std::move(prompt)),
      options_(options),
      stop_tokens_(std::move(stop_tokens)),
      reasoning_(std::move(reasoning)),
      sampler_(options.sampling, tokens) {
  for (int32_t token : prompt_) sampler_.note(token, false);
  if (options_.tokens_max == 0) finish(FinishReason::kLength);
}

int32_t Generation::token_at(int64_t position) const {
  const auto at = static_cast<size_t>(position);
  return at < prompt_.size() ? prompt_[at] : answer_[at - prompt_.size()];
}

void Generation::next_rows(Sequence& sequence, int64_t rows_max, std::vector<Row>& rows) const {
  if (done_) return;
  const int64_t end = std::min(known_tokens(), sequence.length() + rows_max);
  for (int64_t position = sequence.length(); position < end; ++position) {
    rows.push_back({token_at(position), position, &sequence, position + 1 == known_tokens()});
  }
}

Status Generation::take_logits(std::span<float> logits) {
  const float largest = TUG_TRY(largest_logit(logits, known_tokens()));
  const auto forced = reasoning_.forced();
  const int32_t token = forced ? *forced : TUG_TRY(sampler_.sample(logits, known_tokens()));
  const bool stops =
      !forced && std::find(stop_tokens_.begin(), stop_tokens_.end(), token) != stop_tokens_.end();
  if (stops && !options_.ignore_stop_tokens) {
    finish(FinishReason::kStop);
    return {};
  }
  if (options_.log_probabilities >= 0) {
    const double sum = log_sum_exp(logits, largest);
    log_probabilities_.push_back({token, logits[static_cast<size_t>(token)] - sum,
                                  most_likely(logits, sum, options_.log_probabilities)});
  }
  answer_.push_back(token);
  sampler_.note(token, true);
  reasoning_.note(token);
  if (static_cast<int64_t>(answer_.size()) == options_.tokens_max) finish(FinishReason::kLength);
  else if (known_tokens() >= context_) finish(FinishReason::kContextFull);
  else if (answer_.size() % kLookEvery == 0 && !options_.ignore_stop_tokens && goes_in_circles(answer_))
    finish(FinishReason::kRepetition);
  return {};
}

void Generation::finish(FinishReason reason) {
  done_ = true;
  reason_ = reason;
}

}  // namespace tug
