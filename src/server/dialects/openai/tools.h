// The tools that a request offers.
#pragma once

#include "server/dialects/fields.h"

namespace tug {

constexpr size_t kToolsMax = 4096;

/// One function as the tools array of chat completions has it.
Json function_tool(const std::string& name, const Json* description, const Json* parameters);

/// Which tools the model may call. A choice that must call one is a wish: nothing forces the model yet.
struct ToolChoice {
  bool none = false;
  std::vector<std::string> only = {};  // empty: all

  /// OpenAI's tool_choice: a word, or an object that names functions.
  static ToolChoice read(const Fields& request);
  /// The offered tools as JSON for the template; empty: none.
  std::string filter(Json tools, const Fields& request) const;
};

/// `tools` of chat completions. Types other than functions are left out: agents offer what only their own
/// servers know.
Json read_chat_tools(const Fields& request);

}  // namespace tug
