// One tool call in a model's output, as text: Hermes JSON, or the XML of Qwen3-Coder and Qwen3.5.
#pragma once

#include <string_view>

#include "base/json.h"
#include "tugboat/types.h"

namespace tug {

inline constexpr std::string_view kCallOpen = "<tool_call>", kCallClose = "</tool_call>";
inline constexpr std::string_view kFunctionOpen = "<function=", kFunctionClose = "</function>";

struct ParsedCall {
  enum class State { kComplete, kIncomplete, kMalformed };  // kIncomplete: more text may make it a call
  State state;
  size_t size = 0;     // bytes that a complete call takes, without </tool_call>
  ToolCall call = {};  // arguments: as the model wrote them where they are JSON, else made JSON
};

/// Parses the call at the front of `text`, which begins with <tool_call> or <function=; anything may follow.
/// `ended`: nothing comes after `text`, so closing tags may be missing. `tools`: the request's tools, or
/// null; the values of XML parameters take the types of their schemas, and are text where that fails. A call
/// whose arguments cannot be read is malformed.
ParsedCall parse_tool_call(std::string_view text, bool ended, const Json* tools);

}  // namespace tug
