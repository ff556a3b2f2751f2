#include "text/tool_schema.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "text/loose_json.h"

namespace tug {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// The JSON schema of a function's parameter, or null.
const Json* find_schema(const Json* tools, std::string_view function, std::string_view parameter) {
  if (!tools || !tools->is_array()) return nullptr;
  for (const Json& tool : tools->items()) {
    const Json* inner = tool.find("function");
    const Json& description = inner ? *inner : tool;
    const Json* name = description.find("name");
    if (!name || !name->is_string() || name->as_string() != function) continue;
    const Json* parameters = description.find("parameters");
    const Json* properties = parameters ? parameters->find("properties") : nullptr;
    return properties ? properties->find(parameter) : nullptr;
  }
  return nullptr;
}

/// The types that a schema allows, also through anyOf and oneOf.
void add_types(const Json& schema, std::vector<std::string>& types) {
  const auto add = [&](const Json& type) {
    if (type.is_string()) types.push_back(type.as_string());
  };
  if (const Json* type = schema.find("type")) {
    add(*type);
    if (type->is_array()) std::for_each(type->items().begin(), type->items().end(), add);
  }
  for (const char* key : {"anyOf", "oneOf"}) {
    const Json* choices = schema.find(key);
    if (!choices || !choices->is_array()) continue;
    for (const Json& choice : choices->items()) {
      if (choice.find("type")) add_types(Json::object({{"type", *choice.find("type")}}), types);
    }
  }
}

/// `text` as JSON of that type; nothing when it is none.
std::optional<std::string> read_as(std::string_view type, std::string_view text) {
  const auto either = [&](std::string_view a, std::string_view b) { return type == a || type == b; };
  if (either("integer", "int"))
    return is_json_integer(text) ? std::optional(std::string(text)) : std::nullopt;
  if (either("number", "float") || type == "double") {
    return is_json_number(text) ? std::optional(std::string(text)) : std::nullopt;
  }
  if (either("boolean", "bool")) return text == "true" || text == "True" || text == "TRUE" ? "true" : "false";
  const bool object = either("object", "dict");
  if (!object && !either("array", "list")) return std::nullopt;
  LooseJson read = read_loose_json(text);
  if (read.state != LooseJson::State::kComplete || read.size != text.size()) return std::nullopt;
  return read.text.starts_with(object ? '{' : '[') ? std::optional(std::move(read.text)) : std::nullopt;
}

}  // namespace

std::string typed_argument(const Json* tools, std::string_view function, std::string_view parameter,
                           std::string_view value) {
  std::vector<std::string> types;
  if (const Json* schema = find_schema(tools, function, parameter)) add_types(*schema, types);
  const auto allows = [&](std::string_view type) { return std::count(types.begin(), types.end(), type) > 0; };
  const std::string_view trimmed = trim(value);
  if (allows("null") && (trimmed == "null" || trimmed == "None")) return "null";
  if (!allows("string")) {
    for (const std::string& type : types) {
      if (std::optional<std::string> typed = read_as(type, trimmed)) return *std::move(typed);
    }
  }
  return Json(value).dump();
}

}  // namespace tug
