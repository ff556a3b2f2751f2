// Who is let in, where the paths lead, and what is said at the door.
#include "server/auth.h"
#include "server/long_requests.h"

namespace tug {
namespace {

const RunningServer& open_server() {
  static const RunningServer server;
  return server;
}

ClientReply get(const RunningServer& server, std::string_view path, std::string_view headers = "") {
  Client client(server.port());
  client.get(path, headers);
  return client.reply();
}

TEST(Doors, AKeyIsAskedForEverywhereButAtHealthAndThePage) {
  ServerOptions options;
  options.api_keys = {"another", "top-secret", "third"};
  const RunningServer server(options);
  EXPECT_EQ(get(server, "/health").status, 200);
  EXPECT_EQ(get(server, "/v1/health").status, 200);
  EXPECT_EQ(get(server, "/").status, 200);
  for (const char* path : {"/v1/models", "/metrics", "/v1/models/demo", "/v1/nowhere"}) {
    const ClientReply refused = get(server, path);
    EXPECT_EQ(refused.status, 401) << path;
    EXPECT_EQ(refused.headers.at("www-authenticate"), "Bearer");
    EXPECT_EQ(at(value_of(parse_json(refused.body)), "error.type").dump(), R"("authentication_error")");
  }
  for (const char* wrong : {"Authorization: Bearer top-secre\r\n", "Authorization: Bearer top-secret2\r\n",
                            "Authorization: Bearer\r\n", "Authorization: Bearer another,third\r\n",
                            "Authorization: Basic top-secret\r\n", "Authorization: top-secret\r\n",
                            "x-api-key: \r\n", "x-api-key: TOP-SECRET\r\n", "Cookie: top-secret\r\n"})
    EXPECT_EQ(get(server, "/v1/models", wrong).status, 401) << wrong;
  for (const char* right : {"Authorization: Bearer top-secret\r\n", "authorization: bearer  top-secret\r\n",
                            "X-API-Key: top-secret\r\n", "x-api-key: third\r\n",
                            "x-api-key: wrong\r\nAuthorization: Bearer another\r\n"})
    EXPECT_EQ(get(server, "/v1/models", right).status, 200) << right;

  Client client(server.port());
  client.post("/v1/messages", "{\"private\": \"words\"}");
  const ClientReply refused = client.reply();
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(at(value_of(parse_json(refused.body)), "error.type").dump(), R"("authentication_error")");
  for (const std::string& line : server.log()) {
    EXPECT_EQ(line.find("secret"), std::string::npos) << line;
    EXPECT_EQ(line.find("private"), std::string::npos) << line;
  }
}

TEST(Doors, OthersThanThisMachineNeedAKey) {
  ServerOptions options;
  options.port = 0;
  options.host = "0.0.0.0";
  const Model model = value_of(Model::open("demo", {}));
  const auto refused = Server::open(model, options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  options.api_keys = {"k"};
  EXPECT_OK(Server::open(model, options));
  options.api_keys = {"k", ""};
  EXPECT_FALSE(Server::open(model, options).ok());
  options.api_keys.clear();
  options.open_to_all = true;
  EXPECT_OK(Server::open(model, options));
}

TEST(Doors, WrongPathsAndMethods) {
  EXPECT_EQ(get(open_server(), "/v1/models").status, 200);
  EXPECT_EQ(get(open_server(), "/models/").status, 200);
  EXPECT_EQ(get(open_server(), "/v1/models/demo").status, 200);
  EXPECT_EQ(get(open_server(), "/v1/models/other").status, 404);
  const ClientReply doubled = get(open_server(), "/v1/v1/models");
  EXPECT_EQ(doubled.status, 404);
  EXPECT_NE(doubled.body.find("doubled"), std::string::npos);
  const ClientReply nowhere = get(open_server(), "/nowhere");
  EXPECT_EQ(nowhere.status, 404);
  EXPECT_NE(nowhere.body.find("/v1/chat/completions"), std::string::npos);
  const ClientReply method = get(open_server(), "/v1/chat/completions");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.at("allow"), "POST, OPTIONS");
  EXPECT_EQ(get(open_server(), "/").status, 200) << "agents ask whether somebody is there";
  Client head(open_server().port());
  head.send("HEAD /v1/models HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(head.reply(false).status, 200);
}

TEST(Doors, RequestIdsAreEchoedWhenTheyAreHarmless) {
  EXPECT_EQ(get(open_server(), "/health", "X-Request-Id: abc-123_x.y:z\r\n").headers.at("x-request-id"),
            "abc-123_x.y:z");
  EXPECT_TRUE(
      get(open_server(), "/health", "X-Request-Id: a b\r\n").headers.at("x-request-id").starts_with("req_"));
  const std::string long_id(129, 'a');
  EXPECT_TRUE(get(open_server(), "/health", "X-Request-Id: " + long_id + "\r\n")
                  .headers.at("x-request-id")
                  .starts_with("req_"));
  EXPECT_NE(get(open_server(), "/health").headers.at("x-request-id"),
            get(open_server(), "/health").headers.at("x-request-id"));
}

TEST(Doors, PagesOfThisMachineMayAskAndOthersMayNot) {
  Client preflight(open_server().port());
  preflight.send(
      "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: x\r\nOrigin: http://localhost:3000\r\n"
      "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n");
  const ClientReply allowed = preflight.reply();
  EXPECT_EQ(allowed.status, 204);
  EXPECT_EQ(allowed.headers.at("access-control-allow-origin"), "http://localhost:3000");
  EXPECT_NE(allowed.headers.at("access-control-allow-methods").find("POST"), std::string::npos);
  EXPECT_EQ(get(open_server(), "/v1/models", "Origin: http://127.0.0.1\r\n")
                .headers.at("access-control-allow-origin"),
            "http://127.0.0.1");
  const ClientReply foreign = get(open_server(), "/v1/models", "Origin: https://evil.example\r\n");
  EXPECT_EQ(foreign.status, 403);
  EXPECT_EQ(foreign.headers.count("access-control-allow-origin"), 0u);
}

TEST(Doors, OriginsOfThisMachine) {
  for (const char* local :
       {"http://localhost", "https://localhost:1", "http://127.0.0.1:8080", "http://[::1]:5"})
    EXPECT_TRUE(is_local_origin(local)) << local;
  for (const char* foreign :
       {"", "null", "http://localhost.evil.example", "http://evil.example", "http://127.0.0.1.x",
        "ftp://localhost", "http://[::1", "http://[::2]:1", "http://localhost@evil"})
    EXPECT_FALSE(is_local_origin(foreign)) << foreign;
}

TEST(Doors, ThePageIsPackedAndKept) {
  const ClientReply plain = get(open_server(), "/");
  EXPECT_TRUE(plain.body.starts_with("<!doctype html>"));
  EXPECT_EQ(plain.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_NE(plain.headers.at("content-security-policy").find("default-src 'none'"), std::string::npos);
  const ClientReply packed = get(open_server(), "/", "Accept-Encoding: br, gzip\r\n");
  EXPECT_EQ(packed.headers.at("content-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), plain.body.size() / 2);
  Client client(open_server().port());
  client.get("/", "If-None-Match: " + plain.headers.at("etag") + "\r\n");
  EXPECT_EQ(client.reply(false).status, 304);
  client.get("/health");
  EXPECT_EQ(client.reply().status, 200) << "nothing follows the head of a 304";
}

TEST(Doors, ModelsSayHowLongAContextMayBe) {
  const Json models = value_of(parse_json(get(open_server(), "/v1/models").body));
  EXPECT_EQ(at(models, "data.0.id").dump(), R"("demo")");
  EXPECT_EQ(at(models, "data.0.context_length").dump(), "2048");
  EXPECT_EQ(at(models, "data.0.meta.n_ctx").dump(), "2048");
}

TEST(Doors, MetricsAreCountedUnderTheirUsualNames) {
  const RunningServer server;
  server.post(
      "/v1/chat/completions",
      R"({"messages": [{"role": "user", "content": "What is the capital of Italy?"}], "temperature": 0})");
  EXPECT_EQ(metric(server, "llamacpp:prompt_tokens_total"), 16);
  EXPECT_EQ(metric(server, "llamacpp:tokens_predicted_total"), 8);
  EXPECT_EQ(metric(server, "vllm:generation_tokens_total"), 8);
  EXPECT_EQ(metric(server, "vllm:time_to_first_token_seconds_count"), 1);
  EXPECT_EQ(metric(server, "vllm:inter_token_latency_seconds_count"), 7);
  EXPECT_EQ(
      metric(server, "vllm:request_generation_tokens_bucket{model_name=\"demo\",engine=\"0\",le=\"5.0\"}"),
      0);
  EXPECT_EQ(
      metric(server, "vllm:request_generation_tokens_bucket{model_name=\"demo\",engine=\"0\",le=\"10.0\"}"),
      1);
  EXPECT_EQ(metric(server, "tug_replies_total{status=\"200\"}"), 8);
  EXPECT_EQ(metric(server, kRunning), 0);
  const Json line = value_of(parse_json(server.log().at(0)));
  EXPECT_EQ(at(line, "path").dump(), R"("/v1/chat/completions")");
  EXPECT_EQ(at(line, "prompt_tokens").dump(), "16");
  EXPECT_EQ(at(line, "finish").dump(), R"("stop")");
}

}  // namespace
}  // namespace tug
