// What an output parser makes of a text that comes in pieces.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "text/output_parser.h"

namespace tug {

struct ParsedOutput {
  std::string reasoning, content;
  std::vector<ToolCall> calls;
  std::string order;  // the kinds of the pieces: r, c, and the number of a call

  void add(const std::vector<OutputParser::Piece>& pieces) {
    using Kind = OutputParser::Piece::Kind;
    for (const auto& piece : pieces) {
      if (piece.kind == Kind::kCall) {
        calls.push_back(piece.call);
        order += std::to_string(piece.call_index);
        continue;
      }
      (piece.kind == Kind::kReasoning ? reasoning : content) += piece.text;
      const char letter = piece.kind == Kind::kReasoning ? 'r' : 'c';
      if (!order.ends_with(letter)) order += letter;
    }
  }

  std::string calls_text() const {
    std::string text;
    for (const ToolCall& call : calls) text += call.name + call.arguments;
    return text;
  }

  bool operator==(const ParsedOutput& other) const {
    return reasoning == other.reasoning && content == other.content && order == other.order &&
           calls_text() == other.calls_text();
  }
};

inline std::ostream& operator<<(std::ostream& out, const ParsedOutput& output) {
  return out << "[" << output.reasoning << "][" << output.content << "][" << output.calls_text() << "]"
             << output.order;
}

/// `next_size(rest)` says how many bytes the next piece has, at least one.
template <typename NextSize>
ParsedOutput parse_in_pieces(std::string_view text, bool starts_in_reasoning, const Json* tools,
                             NextSize next_size) {
  OutputParser parser(starts_in_reasoning, tools);
  ParsedOutput output;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, next_size(text));
    output.add(parser.push(piece));
    text.remove_prefix(piece.size());
  }
  output.add(parser.finish());
  return output;
}

}  // namespace tug
