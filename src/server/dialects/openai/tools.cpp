#include "server/dialects/openai/tools.h"

#include <algorithm>

namespace tug {
namespace {

std::string name_of(const Json& tool) {
  const Json* function = tool.find("function");
  const Json* name = function ? function->find("name") : nullptr;
  return name && name->is_string() ? name->as_string() : std::string();
}

std::string chosen_name(const Fields& choice) {
  return choice.has("function") ? choice.object("function").needed_text("name") : choice.needed_text("name");
}

}  // namespace

Json function_tool(const std::string& name, const Json* description, const Json* parameters) {
  Json function = Json::object({{"name", name}});
  if (description && description->is_string()) function.set("description", *description);
  if (parameters && parameters->is_object()) function.set("parameters", *parameters);
  return Json::object({{"type", "function"}, {"function", std::move(function)}});
}

ToolChoice ToolChoice::read(const Fields& request) {
  ToolChoice choice;
  const Json* value = request.find("tool_choice");
  if (!value) return choice;
  if (value->is_string()) {
    const std::string& word = value->as_string();
    choice.none = word == "none";
    if (word != "none" && word != "auto" && word != "required" && word != "any")
      request.fail("tool_choice", "\"tool_choice\" must be none, auto, required or the name of a function.");
    return choice;
  }
  const Fields object = request.object("tool_choice");
  const std::string type = object.needed_text("type");
  if (type == "allowed_tools") {
    const Fields allowed = object.has("allowed_tools") ? object.object("allowed_tools") : object;
    allowed.each("tools", kToolsMax, [&](const Fields& tool) { choice.only.push_back(chosen_name(tool)); });
  } else if (type == "function" || type == "custom" || type == "tool") {
    choice.only.push_back(chosen_name(object));
  }
  return choice;
}

std::string ToolChoice::filter(Json tools, const Fields& request) const {
  if (none || !tools.is_array()) return {};
  if (!only.empty()) {
    std::erase_if(tools.items(),
                  [&](const Json& tool) { return std::count(only.begin(), only.end(), name_of(tool)) == 0; });
    if (tools.items().empty())
      request.fail("tool_choice", "\"tool_choice\" names a function that \"tools\" does not have.");
  }
  return tools.items().empty() ? std::string() : tools.dump();
}

Json read_chat_tools(const Fields& request) {
  Json tools;
  const auto add_function = [&](const Fields& function) {
    function.needed_text("name");
    function.json("parameters", Json::Kind::kObject);
    tools.push(function_tool(function.text("name").value_or(""), function.find("description"),
                             function.find("parameters")));
  };
  request.each("tools", kToolsMax, [&](const Fields& tool) {
    if (tool.text("type").value_or("function") == "function") add_function(tool.object("function"));
  });
  request.each("functions", kToolsMax, add_function);  // before there were tools
  return tools;
}

}  // namespace tug
