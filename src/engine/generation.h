// One request as a state machine: it says which rows it wants in the next step and takes the logits. Whoever
// runs the step loop may mix the rows of several.
#pragma once

#include <span>
#include <vector>

#include "backends/backend.h"
#include "engine/reasoning_budget.h"
#include "engine/sampler.h"
#include "tugboat/types.h"

namespace tug {

class Generation {
 public:
  /// At most `context` tokens, prompt and answer. `tokens` ids may be sampled; `stop_tokens` end the answer.
  Generation(std::vector<int32_t> prompt, const GenerateOptions& options, int64_t context, int64_t tokens,
             std::vector<int32_t> stop_tokens, ReasoningBudget reasoning);

  /// Appends up to `rows_max` rows for the next step; none when done. `sequence` holds the state of any
  /// number of the known tokens, but not of all: it may be another one each time.
  void next_rows(Sequence& sequence, int64_t rows_max, std::vector<Row>& rows) const;

  /// The logits of the last row, after a step. Adds a token or finishes. Errors: kCorrupt for logits that are
  /// infinite or not a number.
  Status take_logits(std::span<float> logits);

  /// Ends the answer from outside.
  void finish(FinishReason reason);

  bool done() const { return done_; }
  FinishReason reason() const { return reason_; }
  /// The tokens of the answer so far, without a stop token.
  const std::vector<int32_t>& answer() const { return answer_; }
  /// As many as the answer's, where they were asked for.
  const std::vector<SampledToken>& log_probabilities() const { return log_probabilities_; }
  const std::vector<int32_t>& prompt() const { return prompt_; }

  /// Prompt and answer.
  int64_t known_tokens() const { return static_cast<int64_t>(prompt_.size() + answer_.size()); }
  int32_t token_at(int64_t position) const;

 private:
  int64_t context_;
  std::vector<int32_t> prompt_, answer_;
  std::vector<SampledToken> log_probabilities_;
  GenerateOptions options_;
  std::vector<int32_t> stop_tokens_;
  ReasoningBudget reasoning_;
  Sampler sampler_;
  bool done_ = false;
  FinishReason reason_ = FinishReason::kStop;
};

}  // namespace tug
