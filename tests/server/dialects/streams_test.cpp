// What a client puts together from a stream is the answer, however it was cut, and the same as the whole
// reply.
#include <cmath>

#include "server/dialects/replay.h"

namespace tug {
namespace {

constexpr uint64_t kAnswers = 200;
constexpr const char* kChat = R"({"messages": [{"role": "user", "content": "x"}]})";
constexpr const char* kChatUsage =
    R"({"messages": [{"role": "user", "content": "x"}], "stream_options": {"include_usage": true}})";

std::string text_at(const Json& json, const char* path) {
  const Json value = at(json, path);
  return value.is_string() ? value.as_string() : std::string();
}

void expect_calls(const std::vector<ToolCall>& calls, const std::vector<ToolCall>& expected) {
  ASSERT_EQ(calls.size(), expected.size());
  for (size_t i = 0; i < calls.size(); ++i) {
    EXPECT_EQ(calls[i].id, expected[i].id);
    EXPECT_EQ(calls[i].name, expected[i].name);
    EXPECT_EQ(calls[i].arguments, expected[i].arguments);
  }
}

TEST(Streams, ChatCompletions) {
  for (uint64_t seed = 0; seed < kAnswers; ++seed) {
    const Outcome outcome = made_up(seed);
    const std::string stream = play(*writer_of(kOpenAiChat, kChatUsage), outcome, seed);
    std::vector<Json> chunks = data_of(stream);
    EXPECT_EQ(chunks.back().dump(), R"("[DONE]")");
    chunks.pop_back();
    Answer built;
    std::vector<std::string> finishes;
    size_t roles = 0;
    for (const Json& chunk : chunks) {
      EXPECT_EQ(text_at(chunk, "object"), "chat.completion.chunk");
      EXPECT_EQ(text_at(chunk, "id"), "chatcmpl-x1");
      EXPECT_EQ(text_at(chunk, "model"), "a \"model\"");
      const Json delta = at(chunk, "choices.0.delta");
      roles += delta.find("role") != nullptr;
      built.text += text_at(delta, "content");
      built.reasoning += text_at(delta, "reasoning_content");
      EXPECT_EQ(text_at(delta, "reasoning_content"), text_at(delta, "reasoning"));
      if (const std::string finish = text_at(chunk, "choices.0.finish_reason"); !finish.empty())
        finishes.push_back(finish);
      const Json call = at(delta, "tool_calls.0");
      if (call.is_null()) continue;
      const auto index = static_cast<size_t>(at(call, "index").as_integer());
      ASSERT_LE(index, built.tool_calls.size());
      const bool first = index == built.tool_calls.size();
      EXPECT_EQ(first, call.find("id") != nullptr);
      EXPECT_EQ(first, call.find("type") != nullptr);
      EXPECT_EQ(first, !at(call, "function.name").is_null());
      if (first) built.tool_calls.push_back({text_at(call, "function.name"), {}, text_at(call, "id")});
      built.tool_calls.back().arguments += text_at(call, "function.arguments");
    }
    EXPECT_EQ(roles, 1u);
    EXPECT_EQ(built.text, outcome.answer.text);
    EXPECT_EQ(built.reasoning, outcome.answer.reasoning);
    expect_calls(built.tool_calls, outcome.answer.tool_calls);
    EXPECT_EQ(finishes, std::vector<std::string>{outcome.answer.tool_calls.empty() ? "stop" : "tool_calls"});
    EXPECT_EQ(at(chunks.back(), "usage.completion_tokens").dump(), "9");
    EXPECT_EQ(at(chunks.back(), "usage.prompt_tokens_details.cached_tokens").dump(), "20");
    EXPECT_EQ(at(chunks.back(), "usage.completion_tokens_details.reasoning_tokens").dump(), "3");
  }
}

TEST(Streams, ChatCompletionsWhole) {
  for (uint64_t seed = 0; seed < kAnswers; ++seed) {
    const Outcome outcome = made_up(seed);
    const Json reply = value_of(parse_json(writer_of(kOpenAiChat, kChat)->whole({outcome})));
    const Json message = at(reply, "choices.0.message");
    EXPECT_EQ(text_at(message, "content"), outcome.answer.text);
    EXPECT_EQ(text_at(message, "reasoning"), outcome.answer.reasoning);
    EXPECT_EQ(text_at(message, "reasoning_content"), outcome.answer.reasoning);
    std::vector<ToolCall> calls;
    for (size_t i = 0; i < outcome.answer.tool_calls.size(); ++i) {
      const Json call = at(message, "tool_calls." + std::to_string(i));
      calls.push_back(
          {text_at(call, "function.name"), text_at(call, "function.arguments"), text_at(call, "id")});
    }
    expect_calls(calls, outcome.answer.tool_calls);
  }
}

TEST(Streams, AHeartbeatOfChatIsAChunkThatSaysHowFarThePromptIs) {
  const auto writer = writer_of(kOpenAiChat, kChat);
  std::string out;
  writer->progress(0, {.done = 5, .total = 30, .reused = 2}, out);
  EXPECT_EQ(out, "");
  writer->heartbeat(out);
  const Json chunk = data_of(out).at(0);
  EXPECT_EQ(at(chunk, "choices.0.delta").dump(), "{}");
  EXPECT_EQ(at(chunk, "prompt_progress").dump(), R"({"total":30,"cache":2,"processed":5,"time_ms":1500})");

  const auto asked =
      writer_of(kOpenAiChat, R"({"messages": [{"role": "user", "content": "x"}], "return_progress": true})");
  out.clear();
  asked->progress(0, {.done = 5, .total = 30}, out);
  EXPECT_EQ(at(data_of(out).at(0), "prompt_progress.processed").dump(), "5");
}

TEST(Streams, AnAnswerThatWentInCirclesSaysSo) {
  Outcome outcome = made_up(2);
  outcome.answer.finish = FinishReason::kRepetition;
  constexpr const char* kInput = R"({"input": "x"})";
  constexpr const char* kPrompt = R"({"prompt": "x"})";
  const auto whole = [&](const Dialect& dialect, const char* body) {
    return value_of(parse_json(writer_of(dialect, body)->whole({outcome})));
  };
  for (const auto& [dialect, body] :
       {std::pair{&kOpenAiChat, kChat}, std::pair{&kOpenAiCompletions, kPrompt}}) {
    const std::vector<Json> chunks = data_of(play(*writer_of(*dialect, body), outcome, 1));
    for (const Json& reply : {whole(*dialect, body), chunks.at(chunks.size() - 2)}) {
      EXPECT_EQ(text_at(reply, "choices.0.finish_reason"), "length");
      EXPECT_EQ(text_at(reply, "choices.0.stop_reason"), "repetition");
    }
  }
  const std::vector<Json> messages = events_of(play(*writer_of(kAnthropicMessages, kChat), outcome, 1));
  const Json delta = at(messages.at(messages.size() - 2), "delta");
  for (const Json& message : {whole(kAnthropicMessages, kChat), delta}) {
    EXPECT_EQ(text_at(message, "stop_reason"), "max_tokens");
    EXPECT_EQ(text_at(message, "stop_details.type"), "repetition");
  }
  const std::vector<Json> events = events_of(play(*writer_of(kOpenAiResponses, kInput), outcome, 1));
  for (const Json& response : {whole(kOpenAiResponses, kInput), at(events.back(), "response")}) {
    EXPECT_EQ(text_at(response, "status"), "incomplete");
    EXPECT_EQ(text_at(response, "incomplete_details.reason"), "max_output_tokens");
    EXPECT_EQ(text_at(response, "incomplete_details.stop_reason"), "repetition");
  }
}

TEST(Streams, SeveralAnswersKeepApart) {
  const std::string body =
      R"({"messages": [{"role": "user", "content": "x"}], "n": 2, "stream_options": {"include_usage": true}})";
  const auto writer = writer_of(kOpenAiChat, body, 2);
  std::string out;
  writer->begin(out);
  writer->piece(1, {.kind = Piece::Kind::kText, .text = "one"}, out);
  writer->piece(0, {.kind = Piece::Kind::kText, .text = "zero"}, out);
  writer->finish(1, made_up(2), out);
  writer->finish(0, made_up(2), out);
  writer->end(out);
  std::string texts[2];
  size_t finishes[2] = {};
  const std::vector<Json> chunks = data_of(out);
  for (const Json& chunk : chunks) {
    const Json choice = at(chunk, "choices.0");
    if (choice.is_null()) continue;
    const auto index = static_cast<size_t>(at(choice, "index").as_integer());
    texts[index] += text_at(choice, "delta.content");
    finishes[index] += !at(choice, "finish_reason").is_null();
  }
  EXPECT_EQ(texts[0], "zero");
  EXPECT_EQ(texts[1], "one");
  EXPECT_EQ(finishes[0], 1u);
  EXPECT_EQ(finishes[1], 1u);
  const Json usage = at(chunks.at(chunks.size() - 2), "usage");
  EXPECT_EQ(at(usage, "prompt_tokens").dump(), "30") << "the prompt is one";
  EXPECT_EQ(at(usage, "completion_tokens").dump(), "18");
}

TEST(Streams, Completions) {
  for (uint64_t seed = 0; seed < kAnswers; ++seed) {
    Outcome outcome = made_up(2 | (seed << 5));
    outcome.answer.reasoning.clear();
    outcome.answer.tool_calls.clear();
    outcome.answer.finish = FinishReason::kLength;
    const std::string stream = play(*writer_of(kOpenAiCompletions, R"({"prompt": "x"})"), outcome, seed);
    std::string text, finish;
    for (const Json& chunk : data_of(stream)) {
      text += text_at(chunk, "choices.0.text");
      finish += text_at(chunk, "choices.0.finish_reason");
    }
    EXPECT_EQ(text, outcome.answer.text);
    EXPECT_EQ(finish, "length");
    const Json reply =
        value_of(parse_json(writer_of(kOpenAiCompletions, R"({"prompt": "x"})")->whole({outcome})));
    EXPECT_EQ(text_at(reply, "choices.0.text"), text);
  }
}

TEST(Streams, AnthropicMessages) {
  for (uint64_t seed = 0; seed < kAnswers; ++seed) {
    const Outcome outcome = made_up(seed);
    const std::string stream = play(*writer_of(kAnthropicMessages, kChat), outcome, seed);
    Answer built;
    int64_t open = -1, blocks = 0;
    std::string kind, order;
    for (const Json& event : events_of(stream)) {
      const std::string type = text_at(event, "type");
      if (type == "ping") continue;
      if (type == "content_block_start") {
        EXPECT_EQ(open, -1) << "a block begins inside another";
        open = at(event, "index").as_integer();
        EXPECT_EQ(open, blocks++);
        kind = text_at(event, "content_block.type");
        if (kind == "tool_use") {
          EXPECT_EQ(at(event, "content_block.input").dump(), "{}");
          const std::string id = text_at(event, "content_block.id");
          EXPECT_TRUE(id.starts_with("toolu_"));
          built.tool_calls.push_back({text_at(event, "content_block.name"), {}, "call_" + id.substr(6)});
        }
      } else if (type == "content_block_delta") {
        EXPECT_EQ(at(event, "index").as_integer(), open);
        built.text += text_at(event, "delta.text");
        built.reasoning += text_at(event, "delta.thinking");
        if (kind == "tool_use") built.tool_calls.back().arguments += text_at(event, "delta.partial_json");
      } else if (type == "content_block_stop") {
        EXPECT_EQ(at(event, "index").as_integer(), open);
        open = -1;
      } else {
        order += type + " ";
      }
      if (type == "message_start") {
        EXPECT_EQ(at(event, "message.usage.input_tokens").dump(), "30");
        EXPECT_TRUE(at(event, "message").find("stop_sequence"));
      }
      if (type == "message_delta") {
        EXPECT_EQ(text_at(event, "delta.stop_reason"),
                  outcome.answer.tool_calls.empty() ? "end_turn" : "tool_use");
        EXPECT_EQ(at(event, "usage.input_tokens").dump(), "10");
        EXPECT_EQ(at(event, "usage.cache_read_input_tokens").dump(), "20");
        EXPECT_EQ(at(event, "usage.output_tokens").dump(), "9");
      }
    }
    EXPECT_EQ(order, "message_start message_delta message_stop ");
    EXPECT_EQ(built.text, outcome.answer.text);
    EXPECT_EQ(built.reasoning, outcome.answer.reasoning);
    expect_calls(built.tool_calls, outcome.answer.tool_calls);
  }
}

TEST(Streams, AnthropicMessagesWhole) {
  Outcome outcome = made_up(7 + 4);
  Json reply = value_of(parse_json(writer_of(kAnthropicMessages, kChat)->whole({outcome})));
  EXPECT_EQ(text_at(reply, "content.0.type"), "thinking");
  EXPECT_EQ(text_at(reply, "content.1.text"), outcome.answer.text);
  EXPECT_EQ(text_at(reply, "content.2.type"), "tool_use");
  EXPECT_EQ(at(reply, "content.2.input").dump(), outcome.answer.tool_calls[0].arguments);
  EXPECT_EQ(text_at(reply, "stop_reason"), "tool_use");
  outcome.answer.tool_calls.clear();
  outcome.answer.finish = FinishReason::kStop;
  outcome.answer.stop_string = "###";
  reply = value_of(parse_json(writer_of(kAnthropicMessages, kChat)->whole({outcome})));
  EXPECT_EQ(text_at(reply, "stop_reason"), "stop_sequence");
  EXPECT_EQ(text_at(reply, "stop_sequence"), "###");
}

constexpr const char* kResponses = R"({"input": "x", "tools": [
  {"type": "custom", "name": "tool0", "description": "d", "format": {"type": "grammar", "syntax": "lark",
      "definition": "start: /x/"}},
  {"type": "namespace", "name": "mcp__a", "tools": [{"type": "function", "name": "inner",
      "parameters": {"type": "object"}}]},
  {"type": "function", "name": "tool1", "parameters": {"type": "object"}},
  {"type": "web_search"}, {"type": "local_shell"}]})";

/// Follows a stream as OpenAI's clients do, and gives the items that it adds up to.
std::vector<Json> follow_responses(const std::string& stream) {
  std::vector<Json> done;
  int64_t sequence = 0;
  std::string text, item_id;
  for (const Json& event : events_of(stream)) {
    const std::string type = text_at(event, "type");
    EXPECT_EQ(at(event, "sequence_number").as_integer(), sequence++);
    if (event.find("output_index")) {
      EXPECT_EQ(at(event, "output_index").as_integer(), static_cast<int64_t>(done.size()));
    }
    if (type == "response.output_item.added") {
      item_id = text_at(event, "item.id");
      EXPECT_EQ(text_at(event, "item.status"), "in_progress");
      text.clear();
    }
    if (event.find("item_id")) {
      EXPECT_EQ(text_at(event, "item_id"), item_id);
    }
    if (type.ends_with(".delta")) text += text_at(event, "delta");
    if (type == "response.output_text.done" || type == "response.reasoning_text.done") {
      EXPECT_EQ(text_at(event, "text"), text);
    }
    if (type == "response.function_call_arguments.done") {
      EXPECT_EQ(text_at(event, "arguments"), text);
    }
    if (type == "response.custom_tool_call_input.done") {
      EXPECT_EQ(text_at(event, "input"), text);
    }
    if (type == "response.output_item.done") done.push_back(at(event, "item"));
    if (type == "response.completed") {
      EXPECT_EQ(at(event, "response.output").dump(), Json::array(done).dump());
      EXPECT_EQ(text_at(event, "response.status"), "completed");
      EXPECT_EQ(at(event, "response.usage.total_tokens").dump(), "39");
      EXPECT_EQ(at(event, "response.usage.input_tokens_details.cached_tokens").dump(), "20");
    }
  }
  return done;
}

TEST(Streams, Responses) {
  for (uint64_t seed = 0; seed < kAnswers; ++seed) {
    const Outcome outcome = made_up(seed);
    const std::string stream = play(*writer_of(kOpenAiResponses, kResponses), outcome, seed);
    EXPECT_TRUE(stream.starts_with("event: response.created\n"));
    EXPECT_NE(stream.find("event: response.completed\n"), std::string::npos);
    EXPECT_EQ(stream.find("[DONE]"), std::string::npos);
    const std::vector<Json> items = follow_responses(stream);
    Answer built;
    for (const Json& item : items) {
      const std::string type = text_at(item, "type");
      if (type == "message") built.text += text_at(item, "content.0.text");
      if (type == "reasoning") built.reasoning += text_at(item, "content.0.text");
      if (type == "function_call")
        built.tool_calls.push_back(
            {text_at(item, "name"), text_at(item, "arguments"), text_at(item, "call_id")});
      if (type == "custom_tool_call") {
        EXPECT_EQ(text_at(item, "name"), "tool0");
        built.tool_calls.push_back(
            {"tool0", Json::object({{"input", text_at(item, "input")}}).dump(), text_at(item, "call_id")});
      }
    }
    EXPECT_EQ(built.text, outcome.answer.text);
    EXPECT_EQ(built.reasoning, outcome.answer.reasoning);
    expect_calls(built.tool_calls, outcome.answer.tool_calls);
    const Json whole = value_of(parse_json(writer_of(kOpenAiResponses, kResponses)->whole({outcome})));
    EXPECT_EQ(at(whole, "output").dump(), Json::array(items).dump());
  }
}

TEST(Streams, CallsOfNamespacedToolsComeBackWithTheirNamespace) {
  Outcome outcome = made_up(4);
  outcome.answer.tool_calls[0].name = "mcp__a__inner";
  const auto items = follow_responses(play(*writer_of(kOpenAiResponses, kResponses), outcome, 0));
  EXPECT_EQ(text_at(items.at(0), "name"), "inner");
  EXPECT_EQ(text_at(items.at(0), "namespace"), "mcp__a");
}

TEST(Streams, AnIncompleteResponseSaysSo) {
  Outcome outcome = made_up(2);
  outcome.answer.finish = FinishReason::kLength;
  const auto events = events_of(play(*writer_of(kOpenAiResponses, kResponses), outcome, 0));
  EXPECT_EQ(text_at(events.back(), "type"), "response.incomplete");
  EXPECT_EQ(text_at(events.back(), "response.incomplete_details.reason"), "max_output_tokens");
}

TEST(Streams, AnErrorAfterTheFirstByteIsAnEventOfEachDialect) {
  const Failure failure{Failure::Kind::kStopping, "The server stops."};
  std::string out;
  writer_of(kOpenAiChat, kChat)->fail(failure, out);
  EXPECT_EQ(text_at(data_of(out).at(0), "error.message"), "The server stops.");
  out.clear();
  writer_of(kAnthropicMessages, kChat)->fail(failure, out);
  EXPECT_EQ(text_at(events_of(out).at(0), "error.type"), "overloaded_error");
  out.clear();
  writer_of(kOpenAiResponses, kResponses)->fail(failure, out);
  EXPECT_EQ(text_at(events_of(out).at(0), "type"), "response.failed");
  EXPECT_EQ(text_at(events_of(out).at(0), "response.error.message"), "The server stops.");
}

TEST(Streams, LogProbabilitiesGoWithTheirText) {
  const auto writer =
      writer_of(kOpenAiChat,
                R"({"messages": [{"role": "user", "content": "x"}], "logprobs": true, "top_logprobs": 1})");
  std::string out;
  writer->token(0, {.token = 7, .log_probability = -0.5, .most_likely = {{7, -0.5}}}, out);
  writer->token(0, {.token = 8, .log_probability = -INFINITY, .most_likely = {{9, -0.25}}}, out);
  EXPECT_EQ(out, "");
  writer->piece(0, {.kind = Piece::Kind::kText, .text = "t7t8"}, out);
  const Json chunk = data_of(out).at(0);
  EXPECT_EQ(
      at(chunk, "choices.0.logprobs.content.0").dump(),
      R"({"token":"t7","logprob":-0.5,"bytes":[116,55],"top_logprobs":[{"token":"t7","logprob":-0.5,"bytes":[116,55]}]})");
  EXPECT_EQ(at(chunk, "choices.0.logprobs.content.1.logprob").dump(), "-9999.0");
}

}  // namespace
}  // namespace tug
