// Ends reasoning that takes too many tokens: with a sentence and the closing tag, so that the answer follows.
#pragma once

#include <optional>
#include <vector>

#include "text/tokenizer.h"

namespace tug {

/// Follows an answer token by token. What it forces depends on these tokens alone.
class ReasoningBudget {
 public:
  /// Without a limit.
  ReasoningBudget() = default;
  /// `open`: the answer begins inside its reasoning. A tokenizer without tags for reasoning has no budget. It
  /// must outlive the budget. Errors: those of the tokenizer.
  static Result<ReasoningBudget> make(const Tokenizer& tokenizer, int64_t tokens_max, bool open);

  /// What the next token must be; absent: whatever the model likes, and that is so until a character is
  /// complete.
  std::optional<int32_t> forced() const;
  /// The token that came.
  void note(int32_t token);

  /// The sentence and the closing tag.
  const std::vector<int32_t>& closing() const { return closing_; }

 private:
  int64_t left_ = -1;  // tokens; -1: no limit
  int32_t begin_ = -1, end_ = -1;
  std::vector<int32_t> closing_;
  std::optional<Detokenizer> text_;  // of the model's own tokens
  bool open_ = false;
  size_t closed_ = 0;  // tokens of the closing that have come
};

}  // namespace tug
