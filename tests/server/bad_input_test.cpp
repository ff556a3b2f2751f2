// Nothing that a client writes is the server's error, and every answer to it is JSON.
#include "server/long_requests.h"

namespace tug {
namespace {

const RunningServer& server() {
  static const RunningServer running;
  return running;
}

constexpr const char* kPaths[] = {"/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages",
                                  "/v1/messages/count_tokens"};

void expect_refused(const char* path, const std::string& body) {
  const Json reply = server().post(path, body, 400);
  EXPECT_TRUE(at(reply, "error.message").is_string()) << path << " " << body.substr(0, 40);
}

TEST(BadInput, BodiesThatAreNoRequests) {
  const std::string bodies[] = {"",
                                "{",
                                "nonsense",
                                "[]",
                                "null",
                                "1",
                                "{\"a\":" + std::string(300, '{'),
                                "{\"messages\": \"\xff\xfe\"}",
                                std::string("{\"messages\": [\0]}", 17),
                                "{\"messages\": [{\"role\": \"user\", \"content\": \"\\ud800\"}]}",
                                "{\"prompt\": 1e999999}"};
  for (const char* path : kPaths) {
    for (const std::string& body : bodies) expect_refused(path, body);
  }
}

TEST(BadInput, LargeBodiesThatAreNoRequests) {
  expect_refused(kPaths[0], std::string(100'000, '['));
  expect_refused(kPaths[0], "[" + std::string(3'000'000, ',') + "]");
  std::string zeros = "0";
  while (zeros.size() < 2'200'000) zeros += ",0";
  const Json reply = server().post(kPaths[1], R"({"prompt": [)" + zeros + "]}", 400);
  EXPECT_NE(at(reply, "error.message").as_string().find("too many values"), std::string::npos);
}

TEST(BadInput, ErrorsArePlainJsonAlsoForStreams) {
  Client client(server().port());
  client.post("/v1/chat/completions",
              R"({"messages": [{"role": "user", "content": "x"}], "stream": true, "temperature": -1})");
  const ClientReply reply = client.reply();
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.headers.at("content-type"), "application/json");
  EXPECT_EQ(at(value_of(parse_json(reply.body)), "error.param").dump(), R"("temperature")");
}

TEST(BadInput, TooLongAPromptIsSaidWithTheNumbers) {
  ServerOptions options;
  options.context = 64;
  const RunningServer small(options);
  std::string words;
  for (int i = 0; i < 80; ++i) words += "zz ";
  const std::string body =
      R"({"messages": [{"role": "user", "content": ")" + words + R"("}], "stream": true})";
  const Json chat = small.post("/v1/chat/completions", body, 400);
  EXPECT_EQ(at(chat, "error.code").dump(), R"("context_length_exceeded")");
  EXPECT_EQ(at(chat, "error.n_ctx").dump(), "64");
  EXPECT_GE(at(chat, "error.n_prompt_tokens").as_integer(), 80);
  EXPECT_NE(at(chat, "error.message").as_string().find("maximum context length is 64 tokens"),
            std::string::npos);
  const Json llama = small.post("/chat/completions", body, 400);
  EXPECT_EQ(at(llama, "error.type").dump(), R"("exceed_context_size_error")");
  EXPECT_EQ(at(llama, "error.code").dump(), "400");
  const Json messages = small.post("/v1/messages", body, 400);
  EXPECT_EQ(at(messages, "error.type").dump(), R"("invalid_request_error")");
  small.post("/v1/completions", long_completion(64, false), 400);
  const Json fits = small.post("/v1/completions", long_completion(63, false));
  EXPECT_EQ(at(fits, "usage.completion_tokens").dump(), "1");
  EXPECT_EQ(at(fits, "choices.0.finish_reason").dump(), R"("length")");
}

TEST(BadInput, WhatTheModelRefusesIsTheClientsMistake) {
  server().post("/v1/completions", R"({"prompt": [4096]})", 400);  // no such token
  server().post("/v1/completions", R"({"prompt": ""})", 400);      // nothing to go on with
  server().post(
      "/v1/chat/completions",
      R"({"messages": [{"role": "user", "content": "x"}], "tools": [{"function": {"name": "a", "parameters": 1}}]})",
      400);
}

TEST(BadInput, SeveralAnswersDiffer) {
  const Json reply =
      server().post("/v1/chat/completions", R"({"messages": [{"role": "user", "content": "Tell me a story."}],
      "n": 3, "temperature": 1.5, "seed": 1, "max_tokens": 20})");
  ASSERT_EQ(at(reply, "choices").items().size(), 3u);
  EXPECT_NE(at(reply, "choices.0.message").dump(), at(reply, "choices.1.message").dump());
  EXPECT_EQ(at(reply, "usage.completion_tokens").dump(), "60");
  EXPECT_EQ(at(reply, "choices.2.index").dump(), "2");
}

TEST(BadInput, TheEdgesOfTokensMax) {
  const std::string body = R"({"messages": [{"role": "user", "content": "Hello!"}], "max_tokens": )";
  EXPECT_EQ(at(server().post("/v1/chat/completions", body + "1}"), "usage.completion_tokens").dump(), "1");
  EXPECT_EQ(at(server().post("/v1/chat/completions", body + "0}"), "usage.completion_tokens").dump(), "0");
}

}  // namespace
}  // namespace tug
