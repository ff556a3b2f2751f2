// Splits what a model writes into reasoning, content and tool calls, as it comes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "text/tool_call.h"

namespace tug {

/// For all Qwen generations: <think>...</think>, then content, in which <tool_call> holds either Hermes JSON
/// or the XML of Qwen3-Coder and Qwen3.5 (whose <tool_call> may be missing). Nothing is lost: a malformed
/// call is content.
class OutputParser {
 public:
  struct Piece {
    enum Kind { kReasoning, kContent };
    Kind kind;
    std::string text;
    bool operator==(const Piece&) const = default;
  };

  /// `starts_in_reasoning`: prompt_opens_reasoning(). Otherwise an answer that begins with <think> reasons,
  /// too. `tools`: the request's tools for the types of arguments, or null; copied.
  OutputParser(bool starts_in_reasoning, const Json* tools)
      : starts_in_reasoning_(starts_in_reasoning), tools_(tools ? *tools : Json()) {}

  /// The next part of the output, and what is certain by now. Text that may become a tag is held back.
  std::vector<Piece> push(std::string_view text);
  /// The rest. Missing closing tags are forgiven.
  std::vector<Piece> finish();

  /// The calls so far, each complete.
  const std::vector<FunctionCall>& tool_calls() const { return calls_; }

 private:
  enum class State { kStart, kReasoning, kContent, kCall };

  std::vector<Piece> run(bool ended);
  // Each handles what is at the front of the buffer; false: wait for more.
  bool start(bool ended);
  bool reasoning(bool ended);
  bool content(bool ended);
  bool call(bool ended);

  bool skip_after_call(bool ended);
  void emit(Piece::Kind kind, size_t size);
  void drop(size_t size) { buffer_.erase(0, size); }

  bool starts_in_reasoning_;
  Json tools_;
  State state_ = State::kStart;
  std::string buffer_;        // what is not decided yet
  size_t searched_ = 0;       // kCall: no closing tag begins before this
  bool reasoned_ = false;     // some reasoning was emitted: white space counts from now on
  bool after_think_ = false;  // newlines at the front are not content
  bool after_call_ = false;   // nor is white space, nor a closing tag without an opening one
  std::vector<Piece> pieces_;
  std::vector<FunctionCall> calls_;
};

}  // namespace tug
