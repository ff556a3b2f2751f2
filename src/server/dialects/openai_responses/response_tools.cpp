#include "server/dialects/openai_responses/response_tools.h"

#include "server/dialects/openai/tools.h"

namespace tug {
namespace {

constexpr const char* kInputSchema =
    R"({"type":"object","properties":{"input":{"type":"string","description":"The whole input of the tool."}},"required":["input"]})";

/// What the tool is for, and the form of its input.
std::string custom_description(const Fields& tool) {
  std::string text = tool.text("description").value_or("");
  const Fields format = tool.object("format");
  if (const auto definition = format.text("definition")) {
    text += "\n\nThe input follows this " + format.text("syntax").value_or("") + " grammar:\n" + *definition;
  }
  return text;
}

}  // namespace

std::string ResponseTools::function_name(const std::string& space, const std::string& name) {
  if (space.empty()) return name;
  return space.ends_with("__") ? space + name : space + "__" + name;
}

std::string ResponseTools::wrap_input(const std::string& input) {
  return Json::object({{"input", input}}).dump();
}

std::string ResponseTools::unwrap_input(const std::string& arguments) {
  const auto json = parse_json(arguments);
  const Json* input = json.ok() ? json.value().find("input") : nullptr;
  return input && input->is_string() ? input->as_string() : arguments;
}

void ResponseTools::add(const Fields& tool, const std::string& space) {
  const std::string type = tool.text("type").value_or("function");
  if (type == "namespace" && space.empty()) {
    const std::string name = tool.needed_text("name");
    tool.each("tools", kToolsMax, [&](const Fields& inner) { add(inner, name); });
    return;
  }
  if (type != "function" && type != "custom") return;
  Tool known{type == "custom", space, tool.needed_text("name")};
  const std::string name = function_name(space, known.name);
  if (known.custom) {
    static const Json schema = parse_json(kInputSchema).value();
    const Json description = custom_description(tool);
    functions_.push(function_tool(name, &description, &schema));
  } else {
    tool.json("parameters", Json::Kind::kObject);
    functions_.push(function_tool(name, tool.find("description"), tool.find("parameters")));
  }
  tools_[name] = std::move(known);
}

ResponseTools ResponseTools::read(const Fields& request) {
  ResponseTools tools;
  request.each("tools", kToolsMax, [&](const Fields& tool) { tools.add(tool, ""); });
  return tools;
}

ResponseTools::Tool ResponseTools::find(const std::string& function) const {
  const auto found = tools_.find(function);
  return found != tools_.end() ? found->second : Tool{.name = function};
}

}  // namespace tug
