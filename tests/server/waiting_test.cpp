// Requests that wait: their clients hear of them, and there are only so many.
#include "server/long_requests.h"

namespace tug {
namespace {

TEST(Waiting, AQueuedStreamSpeaksAtOnceAndGoesOnSpeaking) {
  ServerOptions options;
  options.heartbeat = std::chrono::milliseconds(10);
  const RunningServer server(options, little_memory());
  const std::string words(1500, 'z');
  const std::string chat =
      R"({"stream": true, "max_tokens": 1, "messages": [{"role": "user", "content": ")" + words + "\"}]}";
  const std::string response = R"({"stream": true, "input": ")" + words + "\"}";
  struct Queued {
    const char *path, *heartbeat;
    const std::string& body;
  };
  for (const Queued& queued : {Queued{"/v1/chat/completions", R"("delta":{})", chat},
                               {"/v1/responses", "event: response.in_progress", response},
                               {"/v1/messages", "event: ping", chat}}) {
    Client first(server.port()), client(server.port());
    first.post("/v1/completions", long_completion(1500, false));
    wait_for_metric(server, kRunning, 1);
    client.post(queued.path, queued.body);
    EXPECT_EQ(client.head().status, 200) << queued.path;
    EXPECT_NE(client.chunk().value_or(""), "");
    for (int i = 0; i < 2; ++i)
      EXPECT_NE(client.chunk().value_or("").find(queued.heartbeat), std::string::npos) << queued.path;
    EXPECT_EQ(metric(server, kWaiting), 1) << "it was no longer in the queue";
    client.close();
    first.close();
    wait_for_metric(server, kWaiting, 0);
    wait_for_metric(server, kRunning, 0);
  }
}

TEST(Waiting, HeartbeatsSayHowFarALongPromptIs) {
  ServerOptions options;
  options.heartbeat = std::chrono::milliseconds(5);
  const RunningServer server(options, {.chunk = 1});
  const std::string words(1500, 'z');
  for (const std::string path : {"/v1/chat/completions", "/v1/responses", "/v1/messages"}) {
    Client client(server.port());
    client.post(path,
                path == "/v1/responses"
                    ? R"({"stream": true, "input": ")" + words + "\"}"
                    : R"({"stream": true, "messages": [{"role": "user", "content": ")" + words + "\"}]}");
    EXPECT_EQ(client.head().status, 200);
    int64_t before = -1, total = 0;
    while (before <= 0) {  // the first may come before the first token is read
      const auto piece = client.chunk();
      ASSERT_TRUE(piece && !piece->empty()) << "the stream ended without a word about the prompt";
      for (const Json& event : data_of(*piece)) {
        if (event.find("prompt_progress") == nullptr) continue;
        EXPECT_GE(at(event, "prompt_progress.processed").as_integer(), before);
        before = at(event, "prompt_progress.processed").as_integer();
        total = at(event, "prompt_progress.total").as_integer();
      }
    }
    EXPECT_LE(before, total);
  }
}

TEST(Waiting, AFullQueueRefusesAndSaysWhenToComeAgain) {
  ModelOptions model = little_memory();
  model.waiting_max = 1;
  const RunningServer server({}, model);
  Client first(server.port()), second(server.port()), third(server.port()), fourth(server.port());
  first.post("/v1/completions", long_completion(1500, false));
  wait_for_metric(server, kRunning, 1);
  second.post("/v1/completions", long_completion(1500, false));
  wait_for_metric(server, kWaiting, 1);
  third.post("/v1/completions", long_completion(1500, true));
  const ClientReply full = third.reply();
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(at(value_of(parse_json(full.body)), "error.code").dump(), R"("queue_full")");
  EXPECT_EQ(full.headers.at("retry-after"), "2");
  fourth.post("/v1/messages", endless_chat(R"(, "max_tokens": 1)"));
  const ClientReply overloaded = fourth.reply();
  EXPECT_EQ(overloaded.status, 529);
  EXPECT_EQ(at(value_of(parse_json(overloaded.body)), "error.type").dump(), R"("overloaded_error")");
  EXPECT_EQ(metric(server, kRunning), 1) << "who is at work stays there";
  EXPECT_EQ(metric(server, kWaiting), 1);
}

}  // namespace
}  // namespace tug
