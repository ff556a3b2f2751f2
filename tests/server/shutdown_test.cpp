// A server that is told to stop finishes what it can and says so where it cannot.
#include "server/long_requests.h"

namespace tug {
namespace {

TEST(Shutdown, AnswersUnderWayAreFinished) {
  RunningServer server;
  Client client(server.port()), slow(server.port());
  slow.send("GET /health HTTP/1.1\r\nHost: x\r\n");
  client.post("/v1/chat/completions",
              R"({"messages": [{"role": "user", "content": "Tell me a story."}], "stream": true,
      "ignore_eos": true, "max_tokens": 200})");
  EXPECT_EQ(client.head().status, 200);
  EXPECT_NE(client.chunk().value_or(""), "");
  server.stop();
  std::string stream;
  while (auto piece = client.chunk()) {
    if (piece->empty()) break;
    stream += *piece;
  }
  EXPECT_NE(stream.find(R"("finish_reason":"length")"), std::string::npos);
  EXPECT_TRUE(stream.ends_with("data: [DONE]\n\n"));
  EXPECT_TRUE(client.ends()) << "its connection is not kept";
  slow.send("\r\n");
  EXPECT_EQ(slow.reply().status, 503) << "not healthy any more";
  server.wait_for_end();
}

TEST(Shutdown, AfterTheGraceStreamsEndWithAnError) {
  ServerOptions options;
  options.grace = std::chrono::milliseconds(1);
  RunningServer server(options);
  Client chat(server.port()), messages(server.port()), whole(server.port());
  chat.post("/v1/chat/completions", endless_chat(R"(, "stream": true)"));
  messages.post("/v1/messages",
                R"({"messages": [{"role": "user", "content": "Tell me a story."}], "stream": true})");
  whole.post("/v1/chat/completions", endless_chat());
  EXPECT_EQ(chat.head().status, 200);
  EXPECT_EQ(messages.head().status, 200);
  wait_for_metric(server, kRunning, 3);
  server.stop();
  const std::string last = [&] {
    std::string all;
    while (auto piece = chat.chunk()) {
      if (piece->empty()) break;
      all += *piece;
    }
    return all;
  }();
  EXPECT_NE(last.find(R"("code":"shutting_down")"), std::string::npos);
  EXPECT_EQ(whole.reply().status, 503);
  server.wait_for_end();
}

}  // namespace
}  // namespace tug
