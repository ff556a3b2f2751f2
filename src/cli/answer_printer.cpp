#include "cli/answer_printer.h"

#include "cli/report.h"

namespace tug {

AnswerPrinter::AnswerPrinter(Terminal& terminal, ReasoningView view, const Model& model)
    : terminal_(terminal), view_(view), model_(model) {
  waiting_.emplace(terminal_, "reading the prompt", streaming_line(model_));
}

bool AnswerPrinter::take(const Piece& piece) {
  if (piece.text.empty() || piece.kind == Piece::Kind::kToolCall) return !terminal_.closed();
  if (piece.kind == Piece::Kind::kReasoning) {
    take_reasoning(piece.text);
    return !terminal_.closed();
  }
  end_reasoning();
  waiting_.reset();
  at_line_start_ = piece.text.back() == '\n';
  return terminal_.print(piece.text);
}

void AnswerPrinter::take_reasoning(const std::string& text) {
  if (!in_reasoning_) {
    in_reasoning_ = true;
    waiting_.reset();
    if (view_ != ReasoningView::kShown) waiting_.emplace(terminal_, "▸ thinking", streaming_line(model_));
  }
  if (view_ == ReasoningView::kShown) terminal_.print_dim(text);
}

void AnswerPrinter::end_reasoning() {
  if (!in_reasoning_) return;
  in_reasoning_ = false;
  if (view_ == ReasoningView::kShown) terminal_.print("\n\n");
  if (view_ == ReasoningView::kFolded) {
    waiting_->stop();
    terminal_.note("▸ thought for " + std::to_string(static_cast<int>(waiting_->seconds() + 0.5)) + " s");
  }
}

void AnswerPrinter::finish(const Answer& answer) {
  end_reasoning();
  waiting_.reset();
  if (!at_line_start_ || (answer.text.empty() && answer.tool_calls.empty())) terminal_.print("\n");
  for (const ToolCall& call : answer.tool_calls) terminal_.print(tool_call_line(call) + "\n");
}

}  // namespace tug
