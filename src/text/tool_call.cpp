#include "text/tool_call.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "text/python_literal.h"

namespace tug {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kOpen = "<tool_call>", kClose = "</tool_call>";
constexpr std::string_view kFunction = "<function=", kFunctionEnd = "</function>";
constexpr std::string_view kParameter = "<parameter=", kParameterEnd = "</parameter>";

std::string_view trim(std::string_view text) {
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

std::optional<Json> parse_whole_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Json(value);
}

std::optional<Json> parse_as(const std::string& type, const std::string& value) {
  const std::string_view text = trim(value);
  if (type == "integer" || type == "int") return parse_whole_number(text);
  if (type == "number" || type == "float" || type == "double") {
    if (auto whole = parse_whole_number(text)) return whole;
    Result<Json> number = parse_json(text);
    return number.ok() && number.value().is_number() ? std::optional(std::move(number).value())
                                                     : std::nullopt;
  }
  if (type == "boolean" || type == "bool") return Json(text == "true" || text == "True" || text == "TRUE");
  if (type == "object" || type == "array" || type == "dict" || type == "list") {
    Result<Json> document = parse_json(text);
    if (document.ok()) return std::move(document).value();
    return parse_python_literal(text);
  }
  return std::nullopt;
}

/// The value of an XML parameter. Text stays as it is, unless the schema wants something else and can have
/// it.
Json typed_value(const Json* schema, const std::string& value) {
  std::vector<std::string> types;
  if (schema) add_types(*schema, types);
  const auto allows = [&](std::string_view type) { return std::count(types.begin(), types.end(), type) > 0; };
  if (allows("null") && (trim(value) == "null" || trim(value) == "None")) return Json();
  if (allows("string")) return Json(value);
  for (const std::string& type : types) {
    if (std::optional<Json> typed = parse_as(type, value)) return *std::move(typed);
  }
  return Json(value);
}

/// Reads forward through one call.
class Cursor {
 public:
  Cursor(std::string_view text, bool ended) : rest_(text), ended_(ended) {}

  bool at_end() const { return rest_.empty(); }
  bool ended() const { return ended_; }
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpace), rest_.size())); }
  bool skip(std::string_view tag) {
    if (!rest_.starts_with(tag)) return false;
    rest_.remove_prefix(tag.size());
    return true;
  }
  /// What comes before `>`, which is skipped.
  std::optional<std::string> name() {
    const size_t end = rest_.find('>');
    if (end == std::string_view::npos) return std::nullopt;
    std::string name(trim(rest_.substr(0, end)));
    rest_.remove_prefix(end + 1);
    return name;
  }
  /// A parameter's value, without one newline on each side. A forgotten closing tag ends where the next tag
  /// begins a line.
  std::optional<std::string> value() {
    const size_t closed = rest_.find(kParameterEnd);
    size_t end = std::min({closed, rest_.find("\n<parameter="), rest_.find("\n</function>")});
    if (end == std::string_view::npos) {
      if (!ended_) return std::nullopt;
      end = rest_.size();
    }
    std::string_view value = rest_.substr(0, end);
    rest_.remove_prefix(end);
    skip(kParameterEnd);
    if (value.starts_with('\n')) value.remove_prefix(1);
    if (value.ends_with('\n')) value.remove_suffix(1);
    return std::string(value);
  }

 private:
  std::string_view rest_;
  bool ended_;
};

ParsedCalls::State parse_function(Cursor& cursor, const Json* tools, FunctionCall& call) {
  const std::optional<std::string> name = cursor.name();
  if (!name) return cursor.ended() ? ParsedCalls::kMalformed : ParsedCalls::kIncomplete;
  if (name->empty()) return ParsedCalls::kMalformed;
  call = {*name, Json::object()};
  for (;;) {
    cursor.skip_space();
    if (cursor.skip(kFunctionEnd)) return ParsedCalls::kComplete;
    if (cursor.skip(kParameter)) {
      const std::optional<std::string> key = cursor.name();
      const std::optional<std::string> value = key ? cursor.value() : std::nullopt;
      if (!value) return cursor.ended() ? ParsedCalls::kMalformed : ParsedCalls::kIncomplete;
      call.arguments.set(*key, typed_value(find_schema(tools, *name, *key), *value));
    } else if (cursor.at_end()) {
      return cursor.ended() ? ParsedCalls::kComplete : ParsedCalls::kIncomplete;
    } else {
      return ParsedCalls::kMalformed;
    }
  }
}

ParsedCalls parse_xml(std::string_view text, bool ended, const Json* tools) {
  ParsedCalls parsed{ParsedCalls::kComplete, {}};
  Cursor cursor(text, ended);
  cursor.skip(kOpen);
  cursor.skip_space();
  while (cursor.skip(kFunction)) {
    parsed.calls.emplace_back();
    parsed.state = parse_function(cursor, tools, parsed.calls.back());
    if (parsed.state != ParsedCalls::kComplete) return parsed;
    cursor.skip_space();
  }
  cursor.skip(kClose);
  if (!cursor.at_end()) parsed.state = ParsedCalls::kMalformed;
  return parsed;
}

/// Whether a JSON text breaks off inside a string.
bool ends_inside_string(std::string_view text) {
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (inside && text[i] == '\\') ++i;
    else if (text[i] == '"') inside = !inside;
  }
  return inside;
}

ParsedCalls parse_hermes(std::string_view text) {
  text.remove_prefix(kOpen.size());
  if (text.ends_with(kClose)) text.remove_suffix(kClose.size());
  Result<Json> document = parse_json(trim(text));
  if (!document.ok())
    return {ends_inside_string(text) ? ParsedCalls::kIncomplete : ParsedCalls::kMalformed, {}};
  const Json* name = document->find("name");
  const Json* arguments = document->find("arguments");
  if (!name || !name->is_string()) return {ParsedCalls::kMalformed, {}};
  if (!arguments) return {ParsedCalls::kComplete, {{name->as_string(), Json::object()}}};
  if (arguments->is_object()) return {ParsedCalls::kComplete, {{name->as_string(), *arguments}}};
  if (!arguments->is_string()) return {ParsedCalls::kMalformed, {}};
  Result<Json> inner = parse_json(arguments->as_string());
  if (!inner.ok() || !inner->is_object()) return {ParsedCalls::kMalformed, {}};
  return {ParsedCalls::kComplete, {{name->as_string(), *inner}}};
}

}  // namespace

ParsedCalls parse_tool_calls(std::string_view text, bool ended, const Json* tools) {
  const std::string_view inside = text.starts_with(kOpen) ? trim(text.substr(kOpen.size())) : text;
  return inside.starts_with(kFunction) ? parse_xml(text, ended, tools) : parse_hermes(text);
}

}  // namespace tug
