// Splits what a model writes into reasoning, content and tool calls, as it comes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "text/tool_call.h"

namespace tug {

/// For all Qwen generations: <think>...</think>, then content, in which <tool_call> holds either Hermes JSON
/// or the XML of Qwen3-Coder and Qwen3.5 (whose <tool_call> may be missing).
///
/// A call in reasoning is a draft, part of the reasoning, unless no </think> follows: then the model forgot
/// it, and the first call ends the reasoning. Nothing is lost but the tags: a malformed call is content. The
/// pieces, joined, do not depend on how the text is cut.
class OutputParser {
 public:
  struct Piece {
    enum class Kind { kContent, kReasoning, kCall };
    Kind kind;
    std::string text = {};   // of content and reasoning: the next part
    ToolCall call = {};      // of a call: all of it
    int64_t call_index = 0;  // of a call: 0, 1, ...
  };

  /// `starts_in_reasoning`: prompt_opens_reasoning(). Otherwise an answer that begins with <think> reasons,
  /// too. `tools`: the request's tools for the types of arguments, or null; copied.
  OutputParser(bool starts_in_reasoning, const Json* tools)
      : starts_in_reasoning_(starts_in_reasoning), tools_(tools ? *tools : Json()) {}

  /// The next part of the output (UTF-8), and what is certain by now, in order. Text that may become a tag or
  /// a call is held back.
  std::vector<Piece> push(std::string_view text);
  /// The rest. Missing closing tags are forgiven.
  std::vector<Piece> finish();

 private:
  enum class State { kStart, kReasoning, kContent };

  std::vector<Piece> run(bool ended);
  // Each handles what is at the front of the buffer; false: wait for more.
  bool start(bool ended);
  bool reasoning(bool ended);
  bool content(bool ended);

  bool skip_ignored(bool ended);
  bool think_in_content(bool ended);
  bool call_in_content(bool ended);
  bool scan_reasoning(bool ended);
  void enter_reasoning();
  void leave_reasoning(size_t end);
  void drop_think_close();
  ParsedCall read_call(size_t at, bool ended);
  void emit(Piece::Kind kind, size_t size);
  void emit_call(ToolCall call);
  void drop(size_t size) { buffer_.erase(0, size); }

  bool starts_in_reasoning_;
  Json tools_;
  State state_ = State::kStart;
  std::string buffer_;            // what is not decided yet
  size_t patience_ = 0;           // bytes to wait for before an incomplete call is read again
  size_t scanned_ = 0;            // in reasoning: no </think> before this
  size_t draft_ = 0;              // in reasoning: where the first call may be; npos: nowhere
  bool reasoned_ = false;         // this block has some reasoning: white space counts from now on
  bool reasoned_before_ = false;  // and so had an earlier one
  bool after_think_ = false;      // newlines at the front are not content
  bool after_call_ = false;       // nor is white space, nor a closing tag without an opening one
  bool line_start_ = true;        // only white space since the last newline of the content
  int64_t calls_ = 0;
  std::vector<Piece> pieces_;
};

}  // namespace tug
