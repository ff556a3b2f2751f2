#include <algorithm>

#include "api/defaults.h"
#include "api/parts.h"
#include "base/printable.h"
#include "files/embedded_demo.h"
#include "text/chat.h"
#include "text/load_tokenizer.h"
#include "text/output_parser.h"

namespace tug {
namespace {

Json message_json(const Message& message) {
  Json json = Json::object({{"role", message.role}, {"content", message.content.text()}});
  if (!message.name.empty()) json.set("name", message.name);
  if (!message.tool_call_id.empty()) json.set("tool_call_id", message.tool_call_id);
  if (!message.reasoning.empty()) json.set("reasoning_content", message.reasoning);
  if (message.tool_calls.empty()) return json;
  Json calls = Json::array();
  for (const ToolCall& call : message.tool_calls) {
    Json json_call = Json::object({{"type", "function"}});
    if (!call.id.empty()) json_call.set("id", call.id);
    json_call.set("function", Json::object({{"name", call.name}, {"arguments", call.arguments}}));
    calls.push(std::move(json_call));
  }
  json.set("tool_calls", std::move(calls));
  return json;
}

Status check_id(const Tokenizer& tokenizer, int32_t id) {
  if (id >= 0 && id < tokenizer.size()) return {};
  return Error(ErrorCode::kInvalidArgument, "Token " + std::to_string(id) +
                                                " is not one of the tokenizer's " +
                                                std::to_string(tokenizer.size()) + " ids.");
}

Result<Json> parse_option(const std::string& text, Json::Kind kind, const char* what) {
  Json json = TUG_TRY(parse_json(text).in(what));
  if (json.kind() == kind) return json;
  return Error(ErrorCode::kInvalidArgument, std::string("The ") + what + " must be a JSON " +
                                                (kind == Json::Kind::kArray ? "array." : "object."));
}

Result<const ChatTemplate*> template_of(const std::optional<Result<ChatTemplate>>& place) {
  if (!place->ok()) return place->error();
  return &place->value();
}

/// The template of prompts that need no other one.
Result<const ChatTemplate*> default_template(const ModelText::Parts& parts) {
  if (parts.chat_template) return template_of(parts.chat_template);
  std::string names = parts.tool_template ? "tool_use" : "";
  for (const std::string& name : parts.other_templates) names += (names.empty() ? "" : ", ") + name;
  if (names.empty()) {
    return Error(ErrorCode::kNotFound, "The model has no chat template; give the prompt as raw text.");
  }
  return Error(ErrorCode::kNotFound, "The model names its chat templates (" + names +
                                         ") and none of them is \"default\"; give the prompt as raw text" +
                                         (parts.tool_template ? ", or with tools." : "."));
}

}  // namespace

Result<ModelText> read_model_text(const Checkpoint& checkpoint) {
  auto parts = std::make_shared<ModelText::Parts>(
      ModelText::Parts{.tokenizer = TUG_TRY(load_tokenizer(checkpoint)),
                       .chat_template = {},
                       .tool_template = {},
                       .other_templates = {},
                       .template_variables = {},
                       .stop_tokens = {},
                       .default_sampling = TUG_TRY(read_default_sampling(checkpoint))});
  for (const auto& [name, source] : TUG_TRY(checkpoint.chat_templates())) {
    std::optional<Result<ChatTemplate>>* place = name == "default"    ? &parts->chat_template
                                                 : name == "tool_use" ? &parts->tool_template
                                                                      : nullptr;
    if (place == nullptr) parts->other_templates.push_back(name);
    else place->emplace(ChatTemplate::compile(source).in("the chat template " + printable(name)));
  }
  parts->stop_tokens = TUG_TRY(read_stop_tokens(checkpoint, parts->tokenizer));
  for (const char* name : {"bos", "eos"}) {
    parts->template_variables.emplace_back(std::string(name) + "_token",
                                           TUG_TRY(read_named_token(checkpoint, parts->tokenizer, name)));
  }
  return ModelText(std::move(parts));
}

Result<ModelText> ModelText::open(const std::string& model) {
  return read_model_text(TUG_TRY(open_checkpoint(model)));
}

Result<std::vector<int32_t>> ModelText::encode(std::string_view text, bool special) const {
  return parts_->tokenizer.encode(text,
                                  special ? Tokenizer::Controls::kRecognise : Tokenizer::Controls::kAsText);
}

Result<std::string> ModelText::decode(std::span<const int32_t> ids, bool special) const {
  for (int32_t id : ids) TUG_TRY(check_id(parts_->tokenizer, id));
  return parts_->tokenizer.decode(ids, special);
}

Result<std::string> ModelText::token_bytes(int32_t id) const {
  TUG_TRY(check_id(parts_->tokenizer, id));
  return std::string(parts_->tokenizer.token_bytes(id));
}

Result<Prompt> ModelText::chat_prompt(const std::vector<Message>& messages,
                                      const ChatOptions& options) const {
  const bool for_tools = !options.tools.empty() && parts_->tool_template;
  const ChatTemplate& chat_template =
      *TUG_TRY(for_tools ? template_of(parts_->tool_template) : default_template(*parts_));
  Json conversation = Json::array();
  for (const Message& message : messages) conversation.push(message_json(message));
  Json variables = Json::object(parts_->template_variables);
  if (options.thinking) variables.set("enable_thinking", *options.thinking);
  if (!options.variables.empty()) {
    const Json extra = TUG_TRY(parse_option(options.variables, Json::Kind::kObject, "template variables"));
    for (const auto& [key, value] : extra.members()) variables.set(key, value);
  }
  Json tools;
  if (!options.tools.empty()) tools = TUG_TRY(parse_option(options.tools, Json::Kind::kArray, "tools"));
  const Json* tools_or_none = tools.is_null() ? nullptr : &tools;
  const MarkedText text =
      TUG_TRY(render_chat(chat_template, parts_->tokenizer, conversation, tools_or_none, variables));
  Prompt prompt{.tokens = TUG_TRY(parts_->tokenizer.encode(text)),
                .in_reasoning = prompt_opens_reasoning(text.plain()),
                .raw = false,
                .tools = options.tools};
  const std::string instructions =
      common_instructions(chat_template, parts_->tokenizer, conversation, tools_or_none, variables, text);
  prompt.system_tokens = tokens_within(parts_->tokenizer, prompt.tokens, instructions.size());
  return prompt;
}

Result<Prompt> ModelText::raw_prompt(std::string_view text) const {
  return Prompt{.tokens = TUG_TRY(encode(text, false)), .in_reasoning = false, .raw = true, .tools = {}};
}

bool ModelText::has_chat_template() const {
  return parts_->chat_template || parts_->tool_template || !parts_->other_templates.empty();
}
const Sampling& ModelText::default_sampling() const { return parts_->default_sampling; }
const std::vector<int32_t>& ModelText::stop_tokens() const { return parts_->stop_tokens; }

}  // namespace tug
