// A client that goes away ends its request, wherever it is.
#include "server/long_requests.h"

namespace tug {
namespace {

TEST(Cancel, InThePrompt) {
  const RunningServer server({}, {.chunk = 8});
  Client client(server.port());
  std::string body = long_completion(1900, true);
  client.post("/v1/completions", body);
  EXPECT_EQ(client.head().status, 200);
  wait_for_metric(server, kRunning, 1);
  client.close();
  wait_for_metric(server, kCancelled, 1);
  EXPECT_EQ(metric(server, "llamacpp:tokens_predicted_total"), 0);
}

TEST(Cancel, InTheAnswerAndWithoutAStream) {
  const RunningServer server;
  Client stream(server.port());
  stream.post("/v1/chat/completions", endless_chat(R"(, "stream": true)"));
  EXPECT_EQ(stream.head().status, 200);
  for (int i = 0; i < 5; ++i) EXPECT_NE(stream.chunk().value_or(""), "");
  stream.close();
  wait_for_metric(server, kCancelled, 1);

  Client whole(server.port());
  whole.post("/v1/messages", endless_chat());
  wait_for_metric(server, kRunning, 1);
  whole.close();
  wait_for_metric(server, kCancelled, 2);
  EXPECT_EQ(metric(server, kRunning), 0);
}

TEST(Cancel, InTheQueueAndNobodyElse) {
  const RunningServer server({}, little_memory());
  Client first(server.port()), second(server.port());
  first.post("/v1/completions", long_completion(1500, true));
  wait_for_metric(server, kRunning, 1);
  second.post("/v1/completions", long_completion(1500, false));
  wait_for_metric(server, kWaiting, 1);
  second.close();
  wait_for_metric(server, kCancelled, 1);
  EXPECT_EQ(metric(server, kRunning), 1) << "its neighbour went with it";
  EXPECT_EQ(metric(server, kCancelled), 1);
}

TEST(Cancel, AllAnswersOfARequest) {
  const RunningServer server;
  Client client(server.port());
  client.post("/v1/chat/completions", endless_chat(R"(, "n": 4)"));
  wait_for_metric(server, kRunning, 4);
  client.close();
  wait_for_metric(server, kCancelled, 4);
}

}  // namespace
}  // namespace tug
