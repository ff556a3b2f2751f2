#include "engine/reasoning_budget.h"

#include <algorithm>

namespace tug {
namespace {

constexpr const char* kClosing =
    "\n\nThat is all the time I have to think, so I answer with what I know now.\n";

}  // namespace

Result<ReasoningBudget> ReasoningBudget::make(const Tokenizer& tokenizer, int64_t tokens_max, bool open) {
  const auto begin = tokenizer.id_of("<think>"), end = tokenizer.id_of("</think>");
  ReasoningBudget budget;
  if (tokens_max < 0 || !begin || !end) return budget;
  budget.left_ = tokens_max;
  budget.begin_ = *begin;
  budget.end_ = *end;
  budget.closing_ = TUG_TRY(tokenizer.encode(kClosing, Tokenizer::Controls::kAsText));
  budget.closing_.push_back(*end);
  for (const int32_t token : TUG_TRY(tokenizer.encode("\n\n", Tokenizer::Controls::kAsText)))
    budget.closing_.push_back(token);
  budget.text_.emplace(tokenizer);
  budget.open_ = open;
  return budget;
}

std::optional<int32_t> ReasoningBudget::forced() const {
  if (left_ != 0 || !open_ || (closed_ == 0 && text_->in_character())) return std::nullopt;
  return closing_[closed_];
}

void ReasoningBudget::note(int32_t token) {
  if (left_ < 0) return;
  if (forced()) {
    if (++closed_ < closing_.size()) return;
    closed_ = 0;
    open_ = false;
    return;
  }
  text_->push(token);
  if (token == begin_ || token == end_) open_ = token == begin_;
  else if (open_) left_ = std::max<int64_t>(left_ - 1, 0);
}

}  // namespace tug
