#include "server/dialects/openai_chat/parse.h"

#include "server/dialects/conversation_builder.h"
#include "server/dialects/openai/content.h"
#include "server/dialects/openai/settings.h"
#include "server/dialects/openai/tools.h"

namespace tug {
namespace {

constexpr size_t kMessagesMax = 1 << 16;
constexpr size_t kCallsMax = 1024;  // in one message

/// `arguments` is JSON text for OpenAI and an object for others.
std::string read_arguments(const Fields& function) {
  const Json* arguments = function.find("arguments");
  if (!arguments) return "{}";
  if (arguments->is_object()) return arguments->dump();
  return function.needed_text("arguments");
}

void read_assistant(const Fields& fields, Message& message) {
  message.reasoning = fields.text("reasoning_content").value_or("");
  if (message.reasoning.empty() && fields.has("reasoning") && fields.find("reasoning")->is_string())
    message.reasoning = fields.find("reasoning")->as_string();
  fields.each("tool_calls", kCallsMax, [&](const Fields& call) {
    const Fields function = call.object("function");
    message.tool_calls.push_back(
        {function.needed_text("name"), read_arguments(function), call.text("id").value_or("")});
  });
  if (fields.has("function_call")) {
    const Fields function = fields.object("function_call");
    message.tool_calls.push_back({function.needed_text("name"), read_arguments(function)});
  }
}

void read_message(const Fields& fields, ConversationBuilder& conversation) {
  Message message{fields.needed_text("role"), read_content(fields, "content")};
  message.name = fields.text("name").value_or("");
  if (message.role == "system" || message.role == "developer")
    return conversation.add_instructions(message.content.text());
  if (message.role == "assistant") {
    read_assistant(fields, message);
  } else if (message.role == "tool" || message.role == "function") {
    message.role = "tool";
    message.tool_call_id = fields.text("tool_call_id").value_or("");
  } else if (message.role != "user") {
    fields.fail("role", "The roles are system, developer, user, assistant and tool; this one is " +
                            Json(message.role).excerpt() + ".");
  }
  conversation.add(std::move(message));
}

void read_log_probabilities(const Fields& request, ChatCall& call) {
  const auto top = request.whole("top_logprobs", 0, 20);
  if (request.flag("logprobs").value_or(false)) call.log_probabilities = top.value_or(0);
  else if (top.value_or(0) > 0) request.fail("top_logprobs", "\"top_logprobs\" needs \"logprobs\": true.");
}

}  // namespace

ParsedCall parse_openai_chat(const Json& body, Problem& problem) {
  const Fields request(body, problem);
  ChatCall call;
  read_settings(request, call);
  ConversationBuilder conversation;
  if (!request.each("messages", kMessagesMax,
                    [&](const Fields& message) { read_message(message, conversation); }))
    request.fail("messages", "\"messages\" is missing: an array of the turns so far.");
  if (conversation.empty()) request.fail("messages", "\"messages\" is empty; there is nothing to answer.");
  call.messages = conversation.take();
  call.tools = ToolChoice::read(request).filter(read_chat_tools(request), request);
  auto tokens_max = request.whole("max_completion_tokens", -1, INT32_MAX);
  if (!tokens_max) tokens_max = request.whole("max_tokens", -1, INT32_MAX);
  if (!tokens_max) tokens_max = request.whole("n_predict", -1, INT32_MAX);
  call.tokens_max = tokens_max.value_or(-1);
  read_reasoning(request, call);
  read_log_probabilities(request, call);

  ChatReplyOptions options;
  options.include_usage = request.object("stream_options").flag("include_usage").value_or(false);
  options.log_probabilities = call.log_probabilities >= 0;
  options.return_progress = request.flag("return_progress").value_or(false);
  return {std::move(call),
          [options](ReplyContext context) { return write_openai_chat(std::move(context), options); }};
}

}  // namespace tug
