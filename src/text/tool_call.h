// One tool call in a model's output, as text: Hermes JSON, or the XML of Qwen3-Coder and Qwen3.5.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace tug {

struct FunctionCall {
  std::string name;
  Json arguments;  // an object
};

struct ParsedCalls {
  enum State { kComplete, kIncomplete, kMalformed };
  State state;
  std::vector<FunctionCall> calls;  // when complete: at least one
};

/// Parses what begins with <tool_call> or <function= and ends with the matching closing tag, or with the
/// output. `ended`: nothing follows, so closing tags may be missing. `tools`: the request's tools, or null;
/// the values of XML parameters take the types of their schemas, and are text where that fails.
ParsedCalls parse_tool_calls(std::string_view text, bool ended, const Json* tools);

}  // namespace tug
