// Chat completions from end to end: a real socket, the demo model.
#include "server/running_server.h"

namespace tug {
namespace {

const RunningServer& demo() {
  static const RunningServer server;
  return server;
}

constexpr const char* kRome =
    R"("messages": [{"role": "user", "content": "What is the capital of Italy?"}], "temperature": 0)";

TEST(Chat, AnswersWhole) {
  const Json reply = demo().post("/v1/chat/completions", std::string("{") + kRome + "}");
  EXPECT_EQ(at(reply, "object").dump(), R"("chat.completion")");
  EXPECT_EQ(at(reply, "choices.0.message.content").dump(), R"("The capital of Italy is Rome.")");
  EXPECT_EQ(at(reply, "choices.0.message.role").dump(), R"("assistant")");
  EXPECT_EQ(at(reply, "choices.0.finish_reason").dump(), R"("stop")");
  EXPECT_EQ(at(reply, "usage.prompt_tokens").dump(), "16");
  EXPECT_EQ(at(reply, "usage.total_tokens").as_integer(),
            16 + at(reply, "usage.completion_tokens").as_integer());
}

TEST(Chat, StreamsTheSame) {
  Client client(demo().port());
  client.post("/v1/chat/completions",
              std::string("{") + kRome + R"(, "stream": true, "stream_options": {"include_usage": true}})");
  const ClientReply reply = client.reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("content-type"), "text/event-stream");
  std::vector<Json> events = data_of(reply.body);
  ASSERT_GT(events.size(), 4u);
  EXPECT_EQ(at(events[0], "choices.0.delta").dump(), R"({"role":"assistant","content":null})");
  EXPECT_EQ(events.back().dump(), R"("[DONE]")");
  events.pop_back();
  EXPECT_EQ(at(events.back(), "choices").dump(), "[]");
  EXPECT_EQ(at(events.back(), "usage.prompt_tokens").dump(), "16");
  events.pop_back();
  EXPECT_EQ(at(events.back(), "choices.0.finish_reason").dump(), R"("stop")");
  std::string text;
  for (const Json& event : events) {
    EXPECT_EQ(at(event, "id").dump(), at(events[0], "id").dump());
    const Json piece = at(event, "choices.0.delta.content");
    if (piece.is_string()) text += piece.as_string();
  }
  EXPECT_EQ(text, "The capital of Italy is Rome.");
}

}  // namespace
}  // namespace tug
