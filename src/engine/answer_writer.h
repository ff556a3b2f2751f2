// From tokens to what the caller sees: detokenised, cut at stop strings, split into text, reasoning and
// calls.
#pragma once

#include <optional>

#include "text/output_parser.h"
#include "text/stop_strings.h"
#include "text/tokenizer.h"
#include "tugboat/types.h"

namespace tug {

class AnswerWriter {
 public:
  /// `tools`: the prompt's, parsed, or null. `call_ids`: a number that this answer's calls are named after.
  AnswerWriter(const Tokenizer& tokenizer, const Prompt& prompt, std::vector<std::string> stops,
               const Json* tools, uint64_t call_ids);

  /// The pieces that a token completes.
  std::vector<Piece> push(int32_t token);
  /// A stop string was found: what follows is not shown.
  bool stopped() const { return stops_.found(); }
  /// The last pieces.
  std::vector<Piece> finish();

  /// Text, reasoning and tool calls of all pieces so far.
  void fill(Answer& answer) const;

 private:
  void write(std::string text, std::vector<Piece>& pieces);
  void add(std::vector<OutputParser::Piece> parsed, std::vector<Piece>& pieces);
  Piece add_call(ToolCall call);

  Detokenizer detokenizer_;
  StopStrings stops_;
  std::optional<OutputParser> parser_;
  uint64_t call_ids_;
  std::string text_, reasoning_;
  std::vector<ToolCall> calls_;
};

}  // namespace tug
