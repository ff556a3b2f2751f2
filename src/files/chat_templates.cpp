#include "files/chat_templates.h"

namespace tug {
namespace {

constexpr int64_t kTemplateBytesMax = int64_t{1} << 20;
constexpr std::string_view kFolder = "additional_chat_templates/", kEnding = ".jinja";

const std::string* text_of(const Json& object, const char* key) {
  const Json* value = object.find(key);
  return value != nullptr && value->is_string() ? &value->as_string() : nullptr;
}

/// A text, or a list of named ones.
Result<ChatTemplates> templates_in(const Json& config) {
  const Json* value = config.find("chat_template");
  ChatTemplates templates;
  if (value == nullptr || value->is_null()) return templates;
  if (value->is_string()) return ChatTemplates{{"default", value->as_string()}};
  if (!value->is_array())
    return Error(ErrorCode::kCorrupt, "\"chat_template\" is neither a text nor a list of named ones.");
  for (const Json& item : value->items()) {
    const std::string *name = text_of(item, "name"), *text = text_of(item, "template");
    if (name != nullptr && text != nullptr) templates[*name] = *text;
  }
  return templates;
}

}  // namespace

Result<ChatTemplates> read_chat_templates(const FileSet& set, const Json& tokenizer_config) {
  ChatTemplates templates;
  for (const std::string& file : TUG_TRY(set.names_ending(kEnding, std::string(kFolder)))) {
    const std::string name = file.substr(kFolder.size(), file.size() - kFolder.size() - kEnding.size());
    templates[name] = TUG_TRY(set.read_text(file, kTemplateBytesMax));
  }
  if (set.has("chat_template.jinja"))
    templates["default"] = TUG_TRY(set.read_text("chat_template.jinja", kTemplateBytesMax));
  if (templates.empty())
    templates = TUG_TRY(templates_in(tokenizer_config).in("file " + set.path_of("tokenizer_config.json")));
  if (!templates.empty() || !set.has("chat_template.json")) return templates;
  const std::string text = TUG_TRY(set.read_text("chat_template.json", kTemplateBytesMax));
  const std::string name = "file " + set.path_of("chat_template.json");
  return templates_in(TUG_TRY(parse_json(text).in(name))).in(name);
}

}  // namespace tug
