#include "text/tool_call.h"

#include <algorithm>
#include <optional>

#include "text/loose_json.h"
#include "text/tool_schema.h"

namespace tug {
namespace {

using State = ParsedCall::State;

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kParameterOpen = "<parameter=", kParameterClose = "</parameter>";
constexpr size_t kNone = std::string_view::npos;

/// Reads forward through one call. What a step returns on failure depends on whether text may still come.
class Cursor {
 public:
  Cursor(std::string_view text, bool ended) : text_(text), ended_(ended) {}

  bool ended() const { return ended_; }
  size_t position() const { return at_; }
  std::string_view rest() const { return text_.substr(at_); }
  void skip(size_t count) { at_ += count; }
  void skip_space() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }
  bool skip(std::string_view tag) {
    if (!rest().starts_with(tag)) return false;
    at_ += tag.size();
    return true;
  }
  /// Whether the rest is the beginning of the tag, which more text may complete.
  bool may_become(std::string_view tag) const {
    return !ended_ && rest().size() < tag.size() && tag.starts_with(rest());
  }
  /// What a call is when its text ends here.
  State cut() const { return ended_ ? State::kMalformed : State::kIncomplete; }

 private:
  std::string_view text_;
  size_t at_ = 0;
  bool ended_;
};

/// A name and the `>` after it.
State read_name(Cursor& cursor, std::string& name) {
  const std::string_view rest = cursor.rest();
  const size_t end = rest.find_first_of("><\n");
  if (end == kNone) return cursor.cut();
  const size_t first = rest.find_first_not_of(kSpace);
  if (rest[end] != '>' || first == end) return State::kMalformed;
  name = rest.substr(first, rest.find_last_not_of(kSpace, end - 1) - first + 1);
  cursor.skip(end + 1);
  return State::kComplete;
}

/// A parameter's value, without one newline on each side. A value whose closing tag was forgotten ends where
/// the next tag begins a line.
State read_value(Cursor& cursor, std::string_view& value) {
  const std::string_view rest = cursor.rest();
  size_t end = std::min({rest.find(kParameterClose), rest.find("\n<parameter="), rest.find("\n</function>")});
  if (end == kNone) {
    if (!cursor.ended()) return State::kIncomplete;
    end = rest.size();
  }
  value = rest.substr(0, end);
  cursor.skip(end);
  cursor.skip(kParameterClose);
  if (value.starts_with('\n')) value.remove_prefix(1);
  if (value.ends_with('\n')) value.remove_suffix(1);
  return State::kComplete;
}

/// Values as JSON texts, by name; of two equal names the last one counts.
class Arguments {
 public:
  bool empty() const { return members_.empty(); }
  void set(const std::string& key, std::string value) {
    std::erase_if(members_, [&](const auto& member) { return member.first == key; });
    members_.emplace_back(key, std::move(value));
  }
  std::string text() const {
    std::string text = "{";
    for (const auto& [key, value] : members_) {
      text += (text.size() > 1 ? "," : "") + Json(key).dump() + ":" + value;
    }
    return text + "}";
  }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

State read_parameters(Cursor& cursor, const Json* tools, const std::string& function, Arguments& arguments) {
  for (;;) {
    cursor.skip_space();
    if (cursor.skip(kFunctionClose) || cursor.rest().starts_with(kCallClose)) return State::kComplete;
    if (cursor.skip(kParameterOpen)) {
      std::string key;
      std::string_view value;
      if (const State state = read_name(cursor, key); state != State::kComplete) return state;
      if (const State state = read_value(cursor, value); state != State::kComplete) return state;
      arguments.set(key, typed_argument(tools, function, key, value));
    } else if (cursor.ended() && cursor.rest().empty() && !arguments.empty()) {
      return State::kComplete;
    } else if (cursor.may_become(kFunctionClose) || cursor.may_become(kCallClose) ||
               cursor.may_become(kParameterOpen)) {
      return State::kIncomplete;
    } else {
      return State::kMalformed;
    }
  }
}

ParsedCall parse_xml(Cursor& cursor, const Json* tools) {
  ParsedCall parsed{State::kMalformed};
  parsed.state = read_name(cursor, parsed.call.name);
  if (parsed.state != State::kComplete) return parsed;
  Arguments arguments;
  parsed.state = read_parameters(cursor, tools, parsed.call.name, arguments);
  parsed.size = cursor.position();
  parsed.call.arguments = arguments.text();
  return parsed;
}

/// The arguments of a Hermes call as JSON text; nothing when they cannot be read.
std::optional<std::string> hermes_arguments(const LooseJson& call) {
  const std::string* text = call.find("arguments");
  if (!text) text = call.find("parameters");
  if (!text) {
    // Under any other name arguments would be lost.
    const auto harmless = [](const auto& member) {
      return member.first == "name" || member.first == "id" || member.first == "type";
    };
    return std::all_of(call.members.begin(), call.members.end(), harmless) ? std::optional<std::string>("{}")
                                                                           : std::nullopt;
  }
  if (text->starts_with('{')) return *text;
  const std::optional<std::string> inside = decode_json_string(*text);
  return inside ? read_loose_object(*inside) : std::nullopt;
}

/// An object, and after it the closing tag, the next call or the end.
ParsedCall parse_hermes(Cursor& cursor) {
  const LooseJson read = read_loose_json(cursor.rest());
  if (read.state == LooseJson::State::kCut) return {cursor.cut()};
  if (read.state == LooseJson::State::kBroken) return {State::kMalformed};
  cursor.skip(read.size);
  const size_t size = cursor.position();
  cursor.skip_space();
  const std::string* name_text = read.find("name");
  const std::optional<std::string> name = name_text ? decode_json_string(*name_text) : std::nullopt;
  std::optional<std::string> arguments = hermes_arguments(read);
  if (!name || name->empty() || !arguments) return {State::kMalformed};
  if (cursor.may_become(kCallClose) || cursor.may_become(kCallOpen)) return {State::kIncomplete};
  const std::string_view next = cursor.rest();
  if (!next.empty() && !next.starts_with(kCallClose) && !next.starts_with(kCallOpen))
    return {State::kMalformed};
  return {State::kComplete, size, {*name, *std::move(arguments)}};
}

}  // namespace

ParsedCall parse_tool_call(std::string_view text, bool ended, const Json* tools) {
  Cursor cursor(text, ended);
  if (cursor.skip(kCallOpen)) cursor.skip_space();
  if (cursor.skip(kFunctionOpen)) return parse_xml(cursor, tools);
  if (cursor.rest().starts_with('{')) return parse_hermes(cursor);
  return {cursor.may_become(kFunctionOpen) ? State::kIncomplete : State::kMalformed};
}

}  // namespace tug
