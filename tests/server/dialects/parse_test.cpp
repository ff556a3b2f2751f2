// Requests as their clients write them become the same typed call; what is wrong is named.
#include "server/dialects/replay.h"

namespace tug {
namespace {

struct Wrong {
  const Dialect* dialect;
  const char *body, *field;
};

const Wrong kWrong[] = {
    {&kOpenAiChat, "[]", ""},
    {&kOpenAiChat, "{}", "messages"},
    {&kOpenAiChat, R"({"messages": []})", "messages"},
    {&kOpenAiChat, R"({"messages": {}})", "messages"},
    {&kOpenAiChat, R"({"messages": [1]})", "messages[0]"},
    {&kOpenAiChat, R"({"messages": [{"role": "wizard", "content": ""}]})", "messages[0].role"},
    {&kOpenAiChat, R"({"messages": [{"content": ""}]})", "messages[0].role"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": 1}]})", "messages[0].content"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]})",
     "messages[0].content[0].type"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": [{"type": "text"}]}]})",
     "messages[0].content[0].text"},
    {&kOpenAiChat, R"({"messages": [{"role": "assistant", "tool_calls": [{"function": {}}]}]})",
     "messages[0].tool_calls[0].function.name"},
    {&kOpenAiChat, R"({"messages": [{"role": "assistant", "tool_calls": [{}]}]})",
     "messages[0].tool_calls[0].function.name"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "temperature": -1})", "temperature"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "temperature": "hot"})", "temperature"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "top_p": 1.5})", "top_p"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "n": 0})", "n"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "n": 17})", "n"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "n": 1.5})", "n"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "stream": "yes"})", "stream"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "stop": 7})", "stop"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "stop": ["a", 7]})", "stop"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "max_tokens": 1e30})", "max_tokens"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "logit_bias": {"x": 1}})",
     "logit_bias"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "logit_bias": {"1": 1e9}})",
     "logit_bias"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "top_logprobs": 2})", "top_logprobs"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "logprobs": true, "top_logprobs": 21})",
     "top_logprobs"},
    {&kOpenAiChat,
     R"({"messages": [{"role": "user", "content": ""}], "response_format": {"type": "json_object"}})",
     "response_format"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "reasoning_effort": "enormous"})",
     "reasoning_effort"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "tools": [{"type": "function"}]})",
     "tools[0].function.name"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "tool_choice": "maybe"})",
     "tool_choice"},
    {&kOpenAiChat,
     R"({"messages": [{"role": "user", "content": ""}], "tools": [{"type": "function", "function": {"name": "a"}}], "tool_choice": {"type": "function", "function": {"name": "b"}}})",
     "tool_choice"},
    {&kOpenAiChat, R"({"messages": [{"role": "user", "content": ""}], "stream_options": 1})",
     "stream_options"},
    {&kOpenAiCompletions, "{}", "prompt"},
    {&kOpenAiCompletions, R"({"prompt": []})", "prompt"},
    {&kOpenAiCompletions, R"({"prompt": [-1]})", "prompt"},
    {&kOpenAiCompletions, R"({"prompt": ["a", 1]})", "prompt"},
    {&kOpenAiCompletions, R"({"prompt": [[]]})", "prompt"},
    {&kOpenAiCompletions, R"({"prompt": "x", "echo": true})", "echo"},
    {&kOpenAiCompletions, R"({"prompt": "x", "suffix": "y"})", "suffix"},
    {&kOpenAiCompletions, R"({"prompt": "x", "best_of": 2})", "best_of"},
    {&kOpenAiResponses, "{}", "input"},
    {&kOpenAiResponses, R"({"input": 1})", "input"},
    {&kOpenAiResponses, R"({"input": "x", "previous_response_id": "resp_1"})", "previous_response_id"},
    {&kOpenAiResponses, R"({"input": [{"type": "item_reference", "id": "x"}]})", "input[0].type"},
    {&kOpenAiResponses, R"({"input": [{"type": "function_call", "name": "x"}]})", "input[0].arguments"},
    {&kOpenAiResponses, R"({"input": "x", "text": {"format": {"type": "json_schema"}}})", "text.format"},
    {&kOpenAiResponses,
     R"({"input": "x", "tools": [{"type": "namespace", "name": "n", "tools": [{"type": "function"}]}]})",
     "tools[0].tools[0].name"},
    {&kAnthropicMessages, "{}", "messages"},
    {&kAnthropicMessages, R"({"messages": []})", "messages"},
    {&kAnthropicMessages, R"({"messages": [{"role": "tool", "content": ""}]})", "messages[0].role"},
    {&kAnthropicMessages, R"({"messages": [{"role": "user", "content": [{"type": "image"}]}]})",
     "messages[0].content[0].type"},
    {&kAnthropicMessages, R"({"messages": [{"role": "user"}]})", "messages[0].content"},
    {&kAnthropicMessages, R"({"messages": [{"role": "user", "content": "x"}], "max_tokens": "many"})",
     "max_tokens"},
    {&kAnthropicMessages, R"({"messages": [{"role": "user", "content": "x"}], "tools": [{}]})",
     "tools[0].name"},
    {&kAnthropicMessages, R"({"messages": [{"role": "user", "content": "x"}], "thinking": {"type": "hard"}})",
     "thinking"},
};

TEST(Parse, WhatIsWrongIsNamed) {
  for (const Wrong& wrong : kWrong) {
    Problem problem;
    wrong.dialect->parse(value_of(parse_json(wrong.body)), problem);
    EXPECT_TRUE(problem) << wrong.body;
    EXPECT_EQ(problem.field, wrong.field) << wrong.body << ": " << problem.message;
    EXPECT_TRUE(problem.message.ends_with(".")) << problem.message;
  }
}

TEST(Parse, NullIsAbsentAndUnknownFieldsAreIgnored) {
  const ChatCall call = parsed(kOpenAiChat, R"({"messages": [{"role": "user", "content": "x", "name": null}],
      "temperature": null, "n": null, "stop": null, "tools": null, "tool_choice": null, "stream": null,
          "seed": null,
      "stream_options": null, "logit_bias": null, "max_tokens": null, "response_format": null,
          "reasoning_effort": null,
      "user": "me", "metadata": {"a": 1}, "something_new": [1, 2]})")
                            .call;
  EXPECT_FALSE(call.sampling.temperature);
  EXPECT_EQ(call.answers, 1);
  EXPECT_EQ(call.tokens_max, -1);
  EXPECT_FALSE(call.stream);
  EXPECT_EQ(call.tools, "");
}

TEST(Parse, ChatSettings) {
  const ChatCall call = parsed(kOpenAiChat, R"({"model": "m", "messages": [{"role": "user", "content": "x"}],
      "temperature": 0.5, "top_p": 0.9, "top_k": 40, "min_p": 0.1, "repeat_penalty": 1.1,
          "presence_penalty": 1,
      "frequency_penalty": -1, "seed": 7, "logit_bias": {"5": -100, "6": 2.5}, "max_completion_tokens": 12,
          "max_tokens": 99,
      "stop": ["a", ""], "n": 3, "stream": true, "logprobs": true, "top_logprobs": 4,
          "reasoning_effort": "none",
      "chat_template_kwargs": {"x": 1}})")
                            .call;
  EXPECT_EQ(call.model, "m");
  EXPECT_EQ(call.sampling.temperature, 0.5);
  EXPECT_EQ(call.sampling.top_p, 0.9);
  EXPECT_EQ(call.sampling.top_k, 40);
  EXPECT_EQ(call.sampling.min_p, 0.1);
  EXPECT_EQ(call.sampling.repetition_penalty, 1.1);
  EXPECT_EQ(call.sampling.presence_penalty, 1);
  EXPECT_EQ(call.sampling.frequency_penalty, -1);
  EXPECT_EQ(call.sampling.seed, 7);
  EXPECT_EQ(call.sampling.logit_bias, (std::vector<std::pair<int32_t, double>>{{5, -100}, {6, 2.5}}));
  EXPECT_EQ(call.tokens_max, 12);
  EXPECT_EQ(call.stop, std::vector<std::string>{"a"});
  EXPECT_EQ(call.answers, 3);
  EXPECT_TRUE(call.stream);
  EXPECT_EQ(call.log_probabilities, 4);
  EXPECT_EQ(call.thinking, false);
  EXPECT_EQ(call.template_variables, R"({"x":1})");
}

/// One line a message, for comparing.
std::string told(const std::vector<Message>& messages) {
  std::string text;
  for (const Message& message : messages) {
    text += message.role + "|" + message.content.text() + "|" + message.reasoning + "|" +
            message.tool_call_id + "|";
    for (const ToolCall& call : message.tool_calls) text += call.id + "=" + call.name + call.arguments;
    text += "\n";
  }
  return text;
}

constexpr const char* kTold =
    "system|Be brief.\n\nBe kind.||||\n"
    "user|Weather?||||\n"
    "assistant|I look.|Hm.||c1=get{\"city\":\"Oslo\"}\n"
    "tool|12 degrees||c1||\n"
    "user|Thanks.||||\n";

std::string without_bars(std::string text) {
  std::erase(text, '|');
  return text;
}

TEST(Parse, TheSameConversationInThreeDialects) {
  const std::string chat = told(parsed(kOpenAiChat, R"({"messages": [
      {"role": "system", "content": "Be brief."}, {"role": "developer", "content": [{"type": "text",
          "text": "Be kind."}]},
      {"role": "user", "content": "Weather?"},
      {"role": "assistant", "content": "I look.", "reasoning_content": "Hm.", "tool_calls": [
          {"id": "c1", "type": "function", "function": {"name": "get", "arguments": "{\"city\":\"Oslo\"}"}}]},
      {"role": "tool", "tool_call_id": "c1", "content": "12 degrees"},
      {"role": "user", "content": [{"type": "text", "text": "Thanks."}]}]})")
                                    .call.messages);
  const std::string responses = told(parsed(kOpenAiResponses, R"({"instructions": "Be brief.", "input": [
      {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Be kind."}]},
      {"role": "user", "content": "Weather?"},
      {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text",
          "text": "Hm."}], "encrypted_content": null},
      {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look.",
          "annotations": []}]},
      {"type": "function_call", "call_id": "c1", "name": "get", "arguments": "{\"city\":\"Oslo\"}"},
      {"type": "web_search_call", "id": "ws_1"},
      {"type": "function_call_output", "call_id": "c1", "output": "12 degrees"},
      {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Thanks."}]}]})")
                                         .call.messages);
  const std::string messages = told(parsed(kAnthropicMessages, R"({"max_tokens": 10, "system": [
      {"type": "text", "text": "x-anthropic-billing-header: cc_version=2; cch=5;"},
      {"type": "text", "text": "Be brief.\n\nBe kind.", "cache_control": {"type": "ephemeral"}}],
          "messages": [
      {"role": "user", "content": "Weather?"},
      {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm.", "signature": "s"},
          {"type": "text", "text": "I look."},
          {"type": "tool_use", "id": "c1", "name": "get", "input": {"city": "Oslo"}}]},
      {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1",
          "content": [{"type": "text", "text": "12 degrees"}]},
          {"type": "text", "text": "Thanks."}]}]})")
                                        .call.messages);
  EXPECT_EQ(without_bars(chat), without_bars(kTold));
  EXPECT_EQ(chat, responses);
  EXPECT_EQ(chat, messages);
}

TEST(Parse, TheSameToolsInThreeDialects) {
  const std::string chat = parsed(kOpenAiChat, R"({"messages": [{"role": "user", "content": "x"}], "tools": [
      {"type": "function", "function": {"name": "get", "description": "d",
          "parameters": {"type": "object"}, "strict": true}}]})")
                               .call.tools;
  EXPECT_EQ(
      chat,
      R"([{"type":"function","function":{"name":"get","description":"d","parameters":{"type":"object"}}}])");
  EXPECT_EQ(parsed(kOpenAiResponses, R"({"input": "x", "tools": [{"type": "web_search"},
      {"type": "function", "name": "get", "description": "d", "parameters": {"type": "object"}}]})")
                .call.tools,
            chat);
  EXPECT_EQ(
      parsed(
          kAnthropicMessages,
          R"({"messages": [{"role": "user", "content": "x"}], "tools": [{"type": "web_search_20250305", "name": "web_search"},
      {"name": "get", "description": "d", "input_schema": {"type": "object"}}]})")
          .call.tools,
      chat);
  EXPECT_EQ(parsed(kOpenAiChat,
                   R"({"messages": [{"role": "user", "content": "x"}], "tool_choice": "none", "tools": [
      {"type": "function", "function": {"name": "get"}}]})")
                .call.tools,
            "");
}

TEST(Parse, InstructionsInTheMiddleStayThere) {
  EXPECT_EQ(without_bars(told(parsed(kOpenAiChat, R"({"messages": [{"role": "user", "content": "a"},
      {"role": "system", "content": "b"}, {"role": "user", "content": "c"}]})")
                                  .call.messages)),
            "usera\nuserb\nuserc\n");
}

TEST(Parse, CodexToolsAreFunctionsForTheModel) {
  const ChatCall call = parsed(kOpenAiResponses, R"({"input": [{"role": "user", "content": "x"},
      {"type": "custom_tool_call", "call_id": "c1", "name": "apply_patch", "input": "*** Begin"},
      {"type": "custom_tool_call_output", "call_id": "c1", "output": "done"},
      {"type": "function_call", "call_id": "c2", "namespace": "mcp__a", "name": "inner", "arguments": "{}"},
      {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "ok"}]}],
      "tools": [{"type": "custom", "name": "apply_patch", "description": "Patches.",
          "format": {"type": "grammar", "syntax": "lark", "definition": "start: X"}},
                {"type": "namespace", "name": "mcp__a", "description": "d", "tools": [{"type": "function",
                    "name": "inner"}]}]})")
                            .call;
  EXPECT_EQ(without_bars(told(call.messages)),
            "userx\nassistantc1=apply_patch{\"input\":\"*** "
            "Begin\"}\ntooldonec1\nassistantc2=mcp__a__inner{}\ntoolokc2\n");
  const Json tools = value_of(parse_json(call.tools));
  EXPECT_EQ(at(tools, "0.function.name").dump(), R"("apply_patch")");
  EXPECT_NE(at(tools, "0.function.description").as_string().find("lark grammar:\nstart: X"),
            std::string::npos);
  EXPECT_EQ(at(tools, "0.function.parameters.required.0").dump(), R"("input")");
  EXPECT_EQ(at(tools, "1.function.name").dump(), R"("mcp__a__inner")");
}

TEST(Parse, PromptsOfCompletions) {
  EXPECT_EQ(parsed(kOpenAiCompletions, R"({"prompt": "x"})").call.prompts.at(0).text, "x");
  EXPECT_EQ(parsed(kOpenAiCompletions, R"({"prompt": ["x", "y"]})").call.prompts.at(1).text, "y");
  EXPECT_EQ(parsed(kOpenAiCompletions, R"({"prompt": [1, 2]})").call.prompts.at(0).tokens,
            (std::vector<int32_t>{1, 2}));
  EXPECT_EQ(parsed(kOpenAiCompletions, R"({"prompt": [[1], [2, 3]]})").call.prompts.at(1).tokens,
            (std::vector<int32_t>{2, 3}));
  EXPECT_EQ(parsed(kOpenAiCompletions, R"({"prompt": "x"})").call.tokens_max, 16);
}

TEST(Parse, ThinkingIsWhatEachDialectSays) {
  const auto anthropic = [](const std::string& thinking) {
    return parsed(kAnthropicMessages, R"({"messages": [{"role": "user", "content": "x"}])" + thinking + "}")
        .call.thinking;
  };
  EXPECT_EQ(anthropic(""), false);
  EXPECT_EQ(anthropic(R"(, "thinking": {"type": "enabled", "budget_tokens": 1024})"), true);
  EXPECT_EQ(anthropic(R"(, "thinking": {"type": "adaptive"})"), true);
  EXPECT_EQ(anthropic(R"(, "thinking": {"type": "disabled"})"), false);
  EXPECT_EQ(parsed(kOpenAiResponses, R"({"input": "x", "reasoning": {"effort": "high"}})").call.thinking,
            true);
  EXPECT_EQ(parsed(kOpenAiResponses, R"({"input": "x", "reasoning": {"summary": "auto"}})").call.thinking,
            std::nullopt);
  EXPECT_EQ(
      parsed(
          kOpenAiChat,
          R"({"messages": [{"role": "user", "content": "x"}], "chat_template_kwargs": {"enable_thinking": false}})")
          .call.thinking,
      false);
}

TEST(Parse, ReasoningHasABudgetByAnyName) {
  const auto call = [](const Dialect& dialect, const std::string& fields) {
    const char* start = &dialect == &kOpenAiResponses
                            ? R"({"input": "x", )"
                            : R"({"messages": [{"role": "user", "content": "x"}], )";
    return parsed(dialect, start + fields + "}").call;
  };
  for (const char* name : {"reasoning_budget", "reasoning_budget_tokens", "thinking_budget",
                           "thinking_budget_tokens", "thinking_token_budget"}) {
    for (const Dialect* dialect : {&kOpenAiChat, &kOpenAiResponses}) {
      const std::string field = std::string("\"") + name + "\": ";
      EXPECT_EQ(call(*dialect, field + "77").reasoning_max, 77) << name;
      EXPECT_EQ(call(*dialect, field + "77").thinking, std::nullopt);
      EXPECT_EQ(call(*dialect, field + "0").thinking, false);
      EXPECT_EQ(call(*dialect, field + "-1, \"reasoning_effort\": \"low\"").reasoning_max, -1);
    }
  }
  EXPECT_EQ(call(kOpenAiChat, R"("chat_template_kwargs": {"thinking_budget": 9})").reasoning_max, 9);
  EXPECT_EQ(call(kOpenAiChat, R"("reasoning": {"max_tokens": 9})").reasoning_max, 9);
  EXPECT_EQ(
      call(kAnthropicMessages, R"("thinking": {"type": "enabled", "budget_tokens": 1024})").reasoning_max,
      1024);
  EXPECT_EQ(call(kAnthropicMessages, R"("thinking": {"type": "adaptive"})").reasoning_max, -1);

  int64_t before = 0;
  for (const char* effort : {"low", "medium"}) {
    const std::string value = std::string("\"") + effort + "\"";
    const int64_t tokens = call(kOpenAiChat, "\"reasoning_effort\": " + value).reasoning_max;
    EXPECT_GT(tokens, before);
    before = tokens;
    EXPECT_EQ(call(kOpenAiResponses, "\"reasoning\": {\"effort\": " + value + "}").reasoning_max, tokens);
    EXPECT_EQ(call(kAnthropicMessages,
                   "\"thinking\": {\"type\": \"adaptive\"}, \"output_config\": {\"effort\": " + value + "}")
                  .reasoning_max,
              tokens);
  }
  EXPECT_EQ(call(kOpenAiChat, R"("reasoning_effort": "high")").reasoning_max, -1);
}

TEST(Parse, ErrorsHaveTheShapeOfTheirDialect) {
  const Failure full{.kind = Failure::Kind::kContextFull,
                     .message = "Too long.",
                     .field = "messages",
                     .prompt_tokens = 9,
                     .context = 8};
  EXPECT_EQ(
      kOpenAiChat.error(full, "r").body,
      R"({"error":{"message":"Too long.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded","n_prompt_tokens":9,"n_ctx":8}})");
  const ErrorReply overloaded = kAnthropicMessages.error({Failure::Kind::kOverloaded, "Later."}, "r");
  EXPECT_EQ(overloaded.status, 529);
  EXPECT_EQ(overloaded.body,
            R"({"type":"error","error":{"type":"overloaded_error","message":"Later."},"request_id":"r"})");
  EXPECT_EQ(kOpenAiChat.error({Failure::Kind::kOverloaded, "Later."}, "r").status, 503);
}

}  // namespace
}  // namespace tug
