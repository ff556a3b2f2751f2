// A conversation's next turn costs its new tokens, and its usage says so in every dialect.
#include "server/running_server.h"

namespace tug {
namespace {

constexpr const char* kTurns =
    R"("messages": [{"role": "user", "content": "What is the capital of Italy?"},
                    {"role": "assistant", "content": "The capital of Italy is Rome."},
                    {"role": "user", "content": "And of France?"}], "temperature": 0, "max_tokens": 20)";

TEST(Reuse, TheNextTurnIsReadFromWhereTheLastOneEnded) {
  const RunningServer server;
  const Json first = server.post(
      "/v1/chat/completions",
      R"({"messages": [{"role": "user", "content": "What is the capital of Italy?"}], "temperature": 0})");
  EXPECT_EQ(at(first, "usage.prompt_tokens_details.cached_tokens").as_integer(), 0);
  const int64_t held = at(first, "usage.total_tokens").as_integer();
  const std::string turns = std::string("{") + kTurns + "}";
  const Json second = server.post("/v1/chat/completions", turns);
  EXPECT_GE(at(second, "usage.prompt_tokens_details.cached_tokens").as_integer(), held - 1);

  // The same once more, whoever asks: all but the last token.
  const int64_t prompt = at(second, "usage.prompt_tokens").as_integer();
  const Json again = server.post("/v1/chat/completions", turns);
  EXPECT_EQ(at(again, "usage.prompt_tokens_details.cached_tokens").as_integer(), prompt - 1);
  EXPECT_EQ(at(again, "choices.0.message.content").dump(), at(second, "choices.0.message.content").dump());
  const Json message = server.post("/v1/messages", turns);
  EXPECT_GT(at(message, "usage.cache_read_input_tokens").as_integer(), 0);
  EXPECT_EQ(at(message, "usage.cache_read_input_tokens").as_integer() +
                at(message, "usage.input_tokens").as_integer(),
            prompt);
  std::string input = turns;
  input.replace(input.find("messages"), 8, "input");
  input.replace(input.find("max_tokens"), 10, "max_output_tokens");
  const Json response = server.post("/v1/responses", input);
  EXPECT_EQ(at(response, "usage.input_tokens_details.cached_tokens").as_integer(), prompt - 1);
  EXPECT_EQ(server.get("/metrics").find("prompt_tokens_cached_total 0\n"), std::string::npos);
}

TEST(Reuse, NoKeyGainsByWhatWasComputedForAnother) {
  ServerOptions options;
  options.api_keys = {"anna", "bert"};
  const RunningServer server(options);
  const auto cached = [&](const char* key) {
    const Json reply = server.post("/v1/chat/completions", std::string("{") + kTurns + "}", 200,
                                   std::string("Authorization: Bearer ") + key + "\r\n");
    return at(reply, "usage.prompt_tokens_details.cached_tokens").as_integer();
  };
  EXPECT_EQ(cached("anna"), 0);
  const int64_t own = cached("anna");
  EXPECT_GT(own, 0);
  EXPECT_EQ(cached("bert"), 0);
  EXPECT_EQ(cached("bert"), own);
  EXPECT_EQ(cached("anna"), own);
}

TEST(Reuse, CanBeSwitchedOff) {
  const RunningServer server({}, {.state_memory = 0});
  for (int i = 0; i < 2; ++i) {
    const Json reply = server.post("/v1/chat/completions", std::string("{") + kTurns + "}");
    EXPECT_EQ(at(reply, "usage.prompt_tokens_details.cached_tokens").as_integer(), 0);
  }
}

}  // namespace
}  // namespace tug
