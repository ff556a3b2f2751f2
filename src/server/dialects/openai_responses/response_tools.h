// Tools of the Responses API, and of Codex above all: each becomes a function for the model, and a call of it
// becomes again what the client knows.
#pragma once

#include <map>

#include "server/dialects/fields.h"

namespace tug {

class ResponseTools {
 public:
  struct Tool {
    bool custom = false;     // its input is one text
    std::string space = {};  // the namespace that it is in; empty: none
    std::string name = {};   // there
  };

  /// Functions, custom tools, and those in namespaces; what only OpenAI's servers run is left out.
  static ResponseTools read(const Fields& request);

  /// As chat completions have them.
  const Json& functions() const { return functions_; }
  /// What the client calls a function of the model's; a function of that name where it is unknown.
  Tool find(const std::string& function) const;

  /// The model's name of a tool.
  static std::string function_name(const std::string& space, const std::string& name);
  /// A custom tool's text as arguments, and out of them.
  static std::string wrap_input(const std::string& input);
  static std::string unwrap_input(const std::string& arguments);

 private:
  void add(const Fields& tool, const std::string& space);

  Json functions_;
  std::map<std::string, Tool> tools_;
};

}  // namespace tug
