#include "files/chat_templates.h"

namespace tug {
namespace {

constexpr int64_t kTemplateBytesMax = int64_t{1} << 20;
/// The only name that transformers, and so Tugboat, chooses by itself.
constexpr const char* kToolUse = "tool_use";

const std::string* text_of(const Json& object, const char* key) {
  const Json* value = object.find(key);
  return value != nullptr && value->is_string() ? &value->as_string() : nullptr;
}

/// A text, or a list of named ones.
ChatTemplates templates_in(const Json& config) {
  const Json* value = config.find("chat_template");
  if (value == nullptr) return {};
  if (value->is_string()) return {{"default", value->as_string()}};
  ChatTemplates templates;
  if (!value->is_array()) return templates;
  for (const Json& item : value->items()) {
    const std::string *name = text_of(item, "name"), *text = text_of(item, "template");
    if (name != nullptr && text != nullptr) templates[*name] = *text;
  }
  return templates;
}

}  // namespace

Result<ChatTemplates> read_chat_templates(const FileSet& set, const Json& tokenizer_config) {
  ChatTemplates templates;
  for (const auto& [name, file] :
       {std::pair<std::string, std::string>{"default", "chat_template.jinja"},
        {kToolUse, std::string("additional_chat_templates/") + kToolUse + ".jinja"}}) {
    if (set.has(file)) templates[name] = TUG_TRY(set.read_text(file, kTemplateBytesMax));
  }
  if (templates.empty()) templates = templates_in(tokenizer_config);
  if (!templates.empty() || !set.has("chat_template.json")) return templates;
  const std::string text = TUG_TRY(set.read_text("chat_template.json", kTemplateBytesMax));
  return templates_in(TUG_TRY(parse_json(text).in("file " + set.path_of("chat_template.json"))));
}

}  // namespace tug
