// Shows an answer while it comes.
#pragma once

#include <optional>

#include "cli/progress.h"
#include "cli/terminal.h"
#include "tugboat/model.h"

namespace tug {

/// What a person sees of the reasoning.
enum class ReasoningView { kHidden, kShown, kFolded };

class AnswerPrinter {
 public:
  /// From here on it waits for the first piece, and says so when that takes long.
  AnswerPrinter(Terminal& terminal, ReasoningView view, const Model& model);

  /// False: nobody reads any more.
  bool take(const Piece& piece);
  /// The tool calls, and the end of the last line.
  void finish(const Answer& answer);

 private:
  void take_reasoning(const std::string& text);
  void end_reasoning();

  Terminal& terminal_;
  ReasoningView view_;
  const Model& model_;
  std::optional<Progress> waiting_;
  bool in_reasoning_ = false;
  bool at_line_start_ = true;
};

}  // namespace tug
