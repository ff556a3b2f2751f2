#include "text/chat.h"

#include <algorithm>
#include <array>

#include "text/loose_json.h"
#include "text/utf8.h"

namespace tug {
namespace {

/// Finds control strings in texts and breaks them with a mark.
class Marker {
 public:
  Marker(const Tokenizer& tokenizer, std::string mark) : mark_(std::move(mark)) {
    for (const int32_t id : tokenizer.added_tokens()) {
      const std::string_view text = tokenizer.token_bytes(id);
      if (text.size() > first_character(text)) by_first_byte_[static_cast<uint8_t>(text[0])].push_back(text);
    }
  }

  bool used() const { return used_; }

  void apply(std::string& text) {
    std::string marked;
    size_t copied = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      if (!begins_control(std::string_view(text).substr(i))) continue;
      const size_t end = i + first_character(std::string_view(text).substr(i));
      marked.append(text, copied, end - copied).append(mark_);
      copied = end;
    }
    if (copied == 0) return;
    used_ = true;
    text = marked.append(text, copied);
  }

 private:
  static size_t first_character(std::string_view text) {
    size_t size = 1;
    while (size < text.size() && (static_cast<uint8_t>(text[size]) & 0xC0) == 0x80) ++size;
    return size;
  }

  /// A text's end may be the first part of a control string that the next text completes.
  bool begins_control(std::string_view rest) const {
    const auto& candidates = by_first_byte_[static_cast<uint8_t>(rest[0])];
    return std::any_of(candidates.begin(), candidates.end(), [&](std::string_view control) {
      return rest.starts_with(control) || control.starts_with(rest);
    });
  }

  std::string mark_;
  std::array<std::vector<std::string_view>, 256> by_first_byte_;
  bool used_ = false;
};

/// A noncharacter that is not in `text`; empty when all are. Unicode keeps them for such internal use.
std::string unused_noncharacter(const std::string& text) {
  for (char last = '\x90'; last <= '\xAF'; ++last) {
    const std::string candidate = {'\xEF', '\xB7', last};  // U+FDD0 ... U+FDEF
    if (text.find(candidate) == std::string::npos) return candidate;
  }
  return {};
}

std::string_view role_of(const Json& message) {
  const Json* role = message.find("role");
  return role && role->is_string() ? std::string_view(role->as_string()) : std::string_view();
}

void mark_content(Json& message, Marker& marker) {
  Json* content = message.find("content");
  if (!content) return;
  const auto mark = [&](Json& value) {
    if (!value.is_string()) return;
    std::string text = value.as_string();
    marker.apply(text);
    value = std::move(text);
  };
  mark(*content);
  if (!content->is_array()) return;
  for (Json& part : content->items()) {
    if (Json* text = part.find("text")) mark(*text);
  }
}

void parse_arguments(Json& message) {
  Json* calls = message.find("tool_calls");
  if (!calls || !calls->is_array()) return;
  for (Json& call : calls->items()) {
    Json* function = call.find("function");
    Json* arguments = (function ? function : &call)->find("arguments");
    if (!arguments || !arguments->is_string()) continue;
    if (std::optional<std::string> object = read_loose_object(to_utf8(arguments->as_string()))) {
      *arguments = Json::verbatim(*std::move(object));
    }
  }
}

}  // namespace

Result<MarkedText> render_chat(const ChatTemplate& chat_template, const Tokenizer& tokenizer,
                               const Json& messages, const Json* tools, const Json& extra_variables) {
  Json context = Json::object(
      {{"messages", messages}, {"tools", tools ? *tools : Json()}, {"add_generation_prompt", true}});
  if (extra_variables.is_object()) {
    for (const auto& [name, value] : extra_variables.members()) context.set(name, value);
  }
  const std::string mark = unused_noncharacter(context.dump());
  if (mark.empty()) {
    return Error(
        ErrorCode::kInvalidArgument,
        "The conversation contains every noncharacter from U+FDD0 to U+FDEF; leave at least one out.");
  }
  Marker marker(tokenizer, mark);
  if (Json& marked = *context.find("messages"); marked.is_array()) {
    for (Json& message : marked.items()) {
      const std::string_view role = role_of(message);
      const bool trusted = role == "system" || role == "developer" || role == "assistant";
      if (!trusted) mark_content(message, marker);
      parse_arguments(message);
    }
  }
  std::string text = TUG_TRY(chat_template.render(context));
  return MarkedText{std::move(text), marker.used() ? mark : std::string()};
}

std::string common_instructions(const ChatTemplate& chat_template, const Tokenizer& tokenizer,
                                const Json& messages, const Json* tools, const Json& extra_variables,
                                const MarkedText& text) {
  if (!messages.is_array()) return {};
  Json other = Json::array();
  for (const Json& message : messages.items()) {
    const std::string_view role = role_of(message);
    if (role != "system" && role != "developer") break;
    other.push(message);
  }
  if (other.items().empty() && !tools) return {};
  // Two first words of users: at least one of them is not how the conversation's own begins.
  size_t shortest = text.text.size();
  for (const char* words : {"a", "b"}) {
    Json with_user = other;
    with_user.push(Json::object({{"role", "user"}, {"content", words}}));
    auto rendered = render_chat(chat_template, tokenizer, with_user, tools, extra_variables);
    if (!rendered.ok()) return {};
    const auto differ = std::ranges::mismatch(text.text, rendered->text).in1;
    shortest = std::min(shortest, static_cast<size_t>(differ - text.text.begin()));
  }
  return MarkedText{text.text.substr(0, shortest), text.mark}.plain();
}

int64_t tokens_within(const Tokenizer& tokenizer, std::span<const int32_t> tokens, size_t bytes) {
  int64_t count = 0;
  for (const int32_t token : tokens) {
    const size_t size = tokenizer.token_bytes(token).size();
    if (size > bytes) break;
    bytes -= size;
    ++count;
  }
  return count;
}

bool prompt_opens_reasoning(std::string_view prompt) {
  const size_t end = prompt.find_last_not_of(" \t\r\n");
  return end != std::string_view::npos && prompt.substr(0, end + 1).ends_with("<think>");
}

}  // namespace tug
