#include "server/dialects/openai_responses/parse.h"

#include "server/dialects/conversation_builder.h"
#include "server/dialects/openai/content.h"
#include "server/dialects/openai/settings.h"
#include "server/dialects/openai/tools.h"

namespace tug {
namespace {

constexpr size_t kItemsMax = 1 << 16;

void read_message(const Fields& item, ConversationBuilder& conversation) {
  const std::string role = item.needed_text("role");
  Content content = read_content(item, "content");
  if (role == "system" || role == "developer") return conversation.add_instructions(content.text());
  if (role == "user") return conversation.add({"user", std::move(content)});
  if (role != "assistant")
    return item.fail("role", "The roles are system, developer, user and assistant; this one is " +
                                 Json(role).excerpt() + ".");
  Message& turn = conversation.assistant_turn();
  const std::string before = turn.content.text(), text = content.text();
  turn.content = before.empty() ? text : before + "\n" + text;
}

void read_reasoning(const Fields& item, ConversationBuilder& conversation) {
  std::string text = read_content(item, "content").text();
  if (text.empty()) text = read_content(item, "summary").text();
  if (!text.empty()) conversation.assistant_turn().reasoning += text;
}

void read_call(const Fields& item, bool custom, ConversationBuilder& conversation) {
  const std::string name =
      ResponseTools::function_name(item.text("namespace").value_or(""), item.needed_text("name"));
  std::string arguments =
      custom ? ResponseTools::wrap_input(item.needed_text("input")) : item.needed_text("arguments");
  conversation.assistant_turn().tool_calls.push_back(
      {name, std::move(arguments), item.needed_text("call_id")});
}

void read_result(const Fields& item, ConversationBuilder& conversation) {
  Message result{"tool", read_content(item, "output")};
  result.tool_call_id = item.needed_text("call_id");
  conversation.add(std::move(result));
}

void read_item(const Fields& item, ConversationBuilder& conversation) {
  const std::string type = item.text("type").value_or("message");
  if (type == "message") return read_message(item, conversation);
  if (type == "reasoning") return read_reasoning(item, conversation);
  if (type == "function_call" || type == "custom_tool_call")
    return read_call(item, type == "custom_tool_call", conversation);
  if (type == "function_call_output" || type == "custom_tool_call_output")
    return read_result(item, conversation);
  if (type == "item_reference")
    item.fail("type", "This server keeps no items; send them instead of references to them.");
}  // what only OpenAI's servers make is left out

void refuse_what_needs_a_memory(const Fields& request) {
  for (const char* name : {"previous_response_id", "conversation"}) {
    if (request.has(name))
      request.fail(name, "This server keeps no responses; send the whole conversation as \"input\".");
  }
  if (request.flag("background").value_or(false))
    request.fail("background", "Responses in the background are not supported.");
}

Json echo_of(const Fields& request, const ChatCall& call) {
  const auto or_null = [&](const char* name) {
    const Json* value = request.find(name);
    return value ? *value : Json();
  };
  const auto or_else = [&](const char* name, Json other) {
    const Json* value = request.find(name);
    return value ? *value : other;
  };
  return Json::object(
      {{"instructions", or_null("instructions")},
       {"max_output_tokens", or_null("max_output_tokens")},
       {"max_tool_calls", or_null("max_tool_calls")},
       {"metadata", or_else("metadata", Json::object())},
       {"parallel_tool_calls", or_else("parallel_tool_calls", true)},
       {"previous_response_id", Json()},
       {"reasoning", or_else("reasoning", Json::object({{"effort", Json()}, {"summary", Json()}}))},
       {"service_tier", "default"},
       {"store", false},
       {"temperature", call.sampling.temperature ? Json(*call.sampling.temperature) : Json(1.0)},
       {"text", or_else("text", Json::object({{"format", Json::object({{"type", "text"}})}}))},
       {"tool_choice", or_else("tool_choice", "auto")},
       {"tools", or_else("tools", Json::array())},
       {"top_logprobs", 0},
       {"top_p", call.sampling.top_p ? Json(*call.sampling.top_p) : Json(1.0)},
       {"truncation", "disabled"},
       {"user", or_null("user")},
       {"background", false}});
}

}  // namespace

ParsedCall parse_openai_responses(const Json& body, Problem& problem) {
  const Fields request(body, problem);
  ChatCall call;
  read_settings(request, call);
  call.answers = 1;
  call.tokens_max = request.whole("max_output_tokens", 1, INT32_MAX).value_or(-1);
  read_reasoning(request, call);
  refuse_what_needs_a_memory(request);
  const Fields format = request.object("text").object("format");
  if (format.text("type").value_or("text") != "text")
    request.fail("text.format", "Only text is supported as the form of an answer so far.");

  ConversationBuilder conversation;
  conversation.add_instructions(request.text("instructions").value_or(""));
  const Json* input = request.find("input");
  if (input && input->is_string()) conversation.add({"user", input->as_string()});
  else if (input)
    request.each("input", kItemsMax, [&](const Fields& item) { read_item(item, conversation); });
  if (conversation.empty()) request.fail("input", "\"input\" must be a text or an array of items.");
  call.messages = conversation.take();

  auto options = std::make_shared<ResponseOptions>();
  options->tools = ResponseTools::read(request);
  call.tools = ToolChoice::read(request).filter(options->tools.functions(), request);
  options->echo = echo_of(request, call);
  return {std::move(call),
          [options](ReplyContext context) { return write_openai_responses(std::move(context), options); }};
}

}  // namespace tug
