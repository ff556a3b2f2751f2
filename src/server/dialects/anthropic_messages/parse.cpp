#include "server/dialects/anthropic_messages/parse.h"

#include "server/dialects/conversation_builder.h"
#include "server/dialects/openai/settings.h"
#include "server/dialects/openai/tools.h"

namespace tug {
namespace {

constexpr size_t kBlocksMax = 1 << 16;
constexpr std::string_view kBillingLine = "x-anthropic-billing-header:";

void fail_type(const Fields& block, const std::string& type) {
  block.fail("type",
             "This model reads text; a block of the type " + Json(type).excerpt() + " is not supported.");
}

/// The text of a string, or of an array of text blocks.
std::string read_text(const Fields& holder, const char* name) {
  const Json* value = holder.find(name);
  if (!value) return {};
  if (value->is_string()) return value->as_string();
  std::string text;
  const bool is_array = holder.each(name, kBlocksMax, [&](const Fields& block) {
    const std::string type = block.needed_text("type");
    if (type != "text") return fail_type(block, type);
    const std::string part = block.needed_text("text");
    // Claude Code's first block is for the provider's books, and another in each turn: as a part of the
    // prompt it would have all that follows be computed again.
    if (part.starts_with(kBillingLine)) return;
    text += (text.empty() ? "" : "\n") + part;
  });
  if (!is_array && !holder.failed())
    holder.fail(name, std::string("\"") + name + "\" must be a string or an array of blocks.");
  return text;
}

void read_user_block(const Fields& block, ConversationBuilder& conversation,
                     std::vector<ContentPart>& parts) {
  const std::string type = block.needed_text("type");
  if (type == "text") {
    parts.push_back({ContentPart::Kind::kText, block.needed_text("text")});
  } else if (type == "tool_result") {
    if (!parts.empty()) conversation.add({"user", Content(std::exchange(parts, {}))});
    Message result{"tool", read_text(block, "content")};
    result.tool_call_id = block.needed_text("tool_use_id");
    conversation.add(std::move(result));
  } else {
    fail_type(block, type);
  }
}

void read_assistant_block(const Fields& block, Message& message, std::vector<ContentPart>& parts) {
  const std::string type = block.needed_text("type");
  if (type == "text") {
    parts.push_back({ContentPart::Kind::kText, block.needed_text("text")});
  } else if (type == "thinking") {
    message.reasoning += block.needed_text("thinking");
  } else if (type == "tool_use") {
    std::string input = block.json("input", Json::Kind::kObject);
    message.tool_calls.push_back(
        {block.needed_text("name"), input.empty() ? "{}" : std::move(input), block.needed_text("id")});
  }  // what only Anthropic's servers know is left out
}

void read_message(const Fields& fields, ConversationBuilder& conversation) {
  const std::string role = fields.needed_text("role");
  if (role == "system") return conversation.add_instructions(read_text(fields, "content"));
  if (role != "user" && role != "assistant") {
    return fields.fail(
        "role", "The roles of messages are user and assistant; this one is " + Json(role).excerpt() + ".");
  }
  Message message{role, Content()};
  const Json* content = fields.find("content");
  if (content && content->is_string()) {
    message.content = content->as_string();
    return conversation.add(std::move(message));
  }
  std::vector<ContentPart> parts;
  const bool is_array = fields.each("content", kBlocksMax, [&](const Fields& block) {
    if (role == "user") read_user_block(block, conversation, parts);
    else read_assistant_block(block, message, parts);
  });
  if (!is_array && !fields.failed())
    fields.fail("content", "\"content\" must be a string or an array of blocks.");
  if (role == "user" && parts.empty()) return;
  message.content = Content(std::move(parts));
  conversation.add(std::move(message));
}

Json read_tools(const Fields& request) {
  Json tools;
  request.each("tools", kToolsMax, [&](const Fields& tool) {
    if (tool.text("type").value_or("custom") != "custom") return;  // Anthropic's servers run the others
    const std::string name = tool.needed_text("name");
    tool.json("input_schema", Json::Kind::kObject);
    tools.push(function_tool(name, tool.find("description"), tool.find("input_schema")));
  });
  return tools;
}

ToolChoice read_choice(const Fields& request) {
  ToolChoice choice;
  if (!request.has("tool_choice")) return choice;
  const Fields object = request.object("tool_choice");
  const std::string type = object.needed_text("type");
  choice.none = type == "none";
  if (type == "tool") choice.only.push_back(object.needed_text("name"));
  return choice;
}

/// Without a word about it Anthropic's models do not think.
void read_thinking(const Fields& request, ChatCall& call) {
  const Fields thinking = request.object("thinking");
  const std::string type = thinking.text("type").value_or("disabled");
  if (type != "enabled" && type != "adaptive" && type != "disabled")
    request.fail("thinking", "The type of \"thinking\" must be enabled, adaptive or disabled.");
  read_effort(request.object("output_config"), "effort", call);
  call.thinking = type != "disabled";
  if (type == "enabled") read_reasoning_budget(thinking, "budget_tokens", call);
}

}  // namespace

ParsedCall parse_anthropic_messages(const Json& body, Problem& problem) {
  const Fields request(body, problem);
  ChatCall call;
  call.model = request.text("model").value_or("");
  call.tokens_max = request.whole("max_tokens", 0, INT32_MAX).value_or(-1);
  call.sampling.temperature = request.number("temperature", 0, 2);
  call.sampling.top_p = request.number("top_p", 0, 1);
  call.sampling.top_k = request.whole("top_k", 0, INT32_MAX);
  call.stop = read_stops(request, "stop_sequences");
  call.stream = request.flag("stream").value_or(false);
  read_thinking(request, call);
  if (request.object("tool_choice").flag("disable_parallel_tool_use").value_or(false)) call.calls_max = 1;
  if (request.object("output_config").has("format")) {
    request.fail("output_config",
                 "An answer in a certain form is not supported yet; leave \"format\" out and describe it.");
  }
  ConversationBuilder conversation;
  conversation.add_instructions(read_text(request, "system"));
  size_t messages = 0;
  request.each("messages", kBlocksMax, [&](const Fields& message) {
    ++messages;
    read_message(message, conversation);
  });
  if (messages == 0) request.fail("messages", "\"messages\" must be an array with at least one message.");
  call.messages = conversation.take();
  call.tools = read_choice(request).filter(read_tools(request), request);
  return {std::move(call), [](ReplyContext context) { return write_anthropic_messages(std::move(context)); }};
}

}  // namespace tug
