// An answer says what it reached, and what this machine could do.
#include "server/running_server.h"

namespace tug {
namespace {

TEST(Speed, IsToldBesideWhatTheMachineCanDo) {
  ServerOptions options;
  options.speed = {.memory = 1e9};
  const RunningServer server(options);
  const auto bytes = static_cast<double>(value_of(Model::open("demo", {})).info().bytes_per_token);
  const std::string body =
      R"({"messages": [{"role": "user", "content": "What is the capital of Italy?"}], "temperature": 0)";
  Client client(server.port());
  client.post("/v1/chat/completions", body + R"(, "stream": true})");
  const std::vector<Json> chunks = data_of(client.reply().body);
  for (const Json& reply : {server.post("/v1/chat/completions", body + "}"), chunks.at(chunks.size() - 2),
                            server.post("/v1/completions", R"({"prompt": "The capital of Italy"})")}) {
    const Json timings = at(reply, "timings");
    EXPECT_NEAR(at(timings, "possible_per_second").as_number(), 1e9 / bytes, 1e-6 * 1e9 / bytes);
    EXPECT_EQ(at(timings, "limit").dump(), R"("memory")");
    EXPECT_GT(at(timings, "predicted_per_second").as_number(), 0);
    EXPECT_TRUE(at(timings, "prompt_per_second").is_number());
  }
  EXPECT_NE(server.get("/metrics").find("\ntug_possible_tokens_seconds{limit=\"memory\"} "),
            std::string::npos);
}

TEST(Speed, IsNotMadeUp) {
  const RunningServer server;
  const Json reply = server.post("/v1/completions", R"({"prompt": "The capital of Italy"})");
  EXPECT_TRUE(at(reply, "timings.possible_per_second").is_null());
  EXPECT_EQ(server.get("/metrics").find("tug_possible_tokens_seconds"), std::string::npos);
}

}  // namespace
}  // namespace tug
