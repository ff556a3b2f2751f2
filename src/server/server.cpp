#include "server/server.h"

#include <algorithm>
#include <ctime>
#include <optional>

#include "base/printable.h"
#include "server/auth.h"
#include "server/call.h"
#include "server/http/http_server.h"
#include "server/models_json.h"
#include "server/page/page.h"
#include "server/prompts.h"
#include "server/routes.h"
#include "server/work_queue.h"

namespace tug {
namespace {

constexpr int kWorkThreads = 2;  // one long prompt holds up nobody
constexpr size_t kJsonValuesMax = 1 << 20;

HttpLimits limits_of(const ServerOptions& options) {
  HttpLimits limits;
  limits.connections = options.connections_max;
  limits.body_bytes = options.body_bytes_max;
  return limits;
}

HttpReply json_reply(const Json& json) { return {.body = json.dump()}; }

}  // namespace

struct Server::Parts final : HttpHandler {
  Parts(Model the_model, const ServerOptions& the_options, int64_t the_context)
      : options(the_options),
        context(the_context),
        created(std::time(nullptr)),
        model(std::move(the_model)),
        model_name(model.info().name),
        host{model, model_name, context, options.heartbeat, options.speed, metrics, live},
        work(std::make_unique<WorkQueue>(kWorkThreads)) {}

  ~Parts() override {
    http.reset();  // all clients are gone, so all calls end,
    work.reset();  // and no more begin
    live.wait_for_none();
  }

  std::optional<HttpReply> refuse(const HttpRequest& head) override;
  void handle(HttpRequest request, std::shared_ptr<Responder> responder) override;
  HttpReply failure(int status, const std::string& sentence) override;

  Visit visit_of(const HttpRequest& request, const RouteMatch& match) const;
  std::optional<Failure> admit(const HttpRequest& request, const RouteMatch& match) const;
  HttpReply page(const HttpRequest& request, const RouteMatch& match, Visit& visit) const;
  void answer(const std::string& body, Route::Kind kind, Visit visit, std::shared_ptr<Responder> responder);
  void count_tokens(const ParsedCall& parsed, Visit visit, Responder& responder) const;
  void wind_down();

  const ServerOptions options;
  const int64_t context;
  const int64_t created;
  mutable Metrics metrics;
  LiveCalls live;
  Model model;
  const std::string model_name;
  CallHost host;
  std::unique_ptr<WorkQueue> work;
  std::atomic<bool> draining = false;
  std::unique_ptr<HttpServer> http;
};

Visit Server::Parts::visit_of(const HttpRequest& request, const RouteMatch& match) const {
  HttpHeaders headers;
  if (const std::string* origin = request.header("origin"); origin && is_local_origin(*origin)) {
    headers.emplace_back("Access-Control-Allow-Origin", *origin);
    headers.emplace_back("Vary", "Origin");
  }
  const auto key = find_key(request, options.api_keys);
  return Visit(request, *match.dialect, std::move(headers), key ? "key " + std::to_string(*key + 1) : "",
               [this](int status, const Json& line) {
                 metrics.reply(status);
                 if (options.log) options.log(line.dump());
               });
}

/// Why a request goes no further, by its header alone.
std::optional<Failure> Server::Parts::admit(const HttpRequest& request, const RouteMatch& match) const {
  // Without a key any page in the user's browser could ask: only those of this machine may.
  const std::string* origin = request.header("origin");
  if (origin && options.api_keys.empty() && !options.open_to_all && !is_local_origin(*origin)) {
    return Failure{Failure::Kind::kForbidden,
                   "Pages of " + printable(*origin) + " may not use this server without an API key."};
  }
  if (request.method == "OPTIONS") return std::nullopt;
  const bool free =
      match.route && (match.route->kind == Route::Kind::kHealth || match.route->kind == Route::Kind::kPage);
  if (!free && !options.api_keys.empty() && !find_key(request, options.api_keys)) {
    return Failure{
        Failure::Kind::kUnauthorized,
        "The API key is missing or wrong; send it as \"Authorization: Bearer KEY\" or \"x-api-key: KEY\"."};
  }
  if (!match.route && !match.allowed.empty())
    return Failure{Failure::Kind::kMethod, "The method of this route is " + match.allowed + "."};
  if (!match.route) return Failure{Failure::Kind::kNotFound, no_route_sentence(request.path)};
  if (draining) return Failure{Failure::Kind::kStopping, "The server is shutting down; try again later."};
  return std::nullopt;
}

std::optional<HttpReply> Server::Parts::refuse(const HttpRequest& head) {
  const RouteMatch match = find_route(head.method, head.path);
  const auto failure = admit(head, match);
  if (!failure) return std::nullopt;
  HttpReply reply = visit_of(head, match).close(*failure);
  if (failure->kind == Failure::Kind::kMethod) reply.headers.emplace_back("Allow", match.allowed);
  return reply;
}

HttpReply Server::Parts::failure(int status, const std::string& sentence) {
  metrics.reply(status);
  const ErrorReply error = find_route("", "").dialect->error({failure_kind_of(status), sentence}, "");
  return {.status = status, .body = error.body};
}

void Server::Parts::handle(HttpRequest request, std::shared_ptr<Responder> responder) {
  const RouteMatch match = find_route(request.method, request.path);
  Visit visit = visit_of(request, match);
  const bool is_post = match.route && std::string_view(match.route->method) == "POST";
  if (!is_post) return responder->send(page(request, match, visit));
  auto kept = std::make_shared<HttpRequest>(std::move(request));
  work->add([this, kept, kind = match.route->kind, visit = std::move(visit), responder]() mutable {
    try {
      answer(kept->body, kind, visit, responder);
    } catch (const std::bad_alloc&) {
      const Failure failure{Failure::Kind::kOverloaded, "There is not enough memory for this request."};
      responder->send(visit.close(failure));
    } catch (const std::exception& error) {  // of a library below
      responder->send(visit.close(Failure{Failure::Kind::kInternal, error.what()}));
    }
  });
}

/// What needs no model.
HttpReply Server::Parts::page(const HttpRequest& request, const RouteMatch& match, Visit& visit) const {
  if (request.method == "OPTIONS") {
    return visit.close({.status = 204,
                        .headers = {{"Allow", "GET, HEAD, POST, OPTIONS"},
                                    {"Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS"},
                                    {"Access-Control-Allow-Headers", "*, Authorization"},
                                    {"Access-Control-Max-Age", "86400"}}});
  }
  const Json one = model_json(model.info(), model_name, context, created);
  switch (match.route->kind) {
    case Route::Kind::kModels: return visit.close(json_reply(models_json(one)));
    case Route::Kind::kModel:
      if (match.rest == model_name) return visit.close(json_reply(one));
      return visit.close(Failure{Failure::Kind::kNotFound, "There is no model " + printable(match.rest) +
                                                               "; this server has " + model_name + "."});
    case Route::Kind::kMetrics:
      return visit.close({.type = "text/plain; version=0.0.4; charset=utf-8",
                          .body = metrics.text(model.info(), http->connections(),
                                               decode_limit(model.info(), model.streaming(), options.speed)),
                          .headers = {{"Process-Start-Time-Unix", std::to_string(created)}}});
    case Route::Kind::kPage: return visit.close(page_reply(request));
    case Route::Kind::kHealth:
    case Route::Kind::kCall:
    case Route::Kind::kCountTokens: break;
  }
  return visit.close(json_reply(Json::object({{"status", "ok"}})));
}

void Server::Parts::answer(const std::string& body, Route::Kind kind, Visit visit,
                           std::shared_ptr<Responder> responder) {
  auto json = parse_json(body, kJsonValuesMax);
  if (!json.ok()) {
    const std::string& why = json.error().message();
    return responder->send(
        visit.close(Failure{Failure::Kind::kInvalid, body.empty() ? "The request has no body." : why}));
  }
  Problem problem;
  ParsedCall parsed = visit.dialect().parse(*json, problem);
  if (problem)
    return responder->send(visit.close(Failure{Failure::Kind::kInvalid, problem.message, problem.field}));
  if (kind == Route::Kind::kCountTokens) return count_tokens(parsed, std::move(visit), *responder);
  Call::start(host, std::move(visit), std::move(responder), std::move(parsed));
}

void Server::Parts::count_tokens(const ParsedCall& parsed, Visit visit, Responder& responder) const {
  auto prompts = make_prompts(model.text(), parsed.call);
  if (!prompts.ok()) return responder.send(visit.close(failure_of(prompts.error())));
  const auto count = static_cast<int64_t>(prompts->front().tokens.size());
  responder.send(visit.close(json_reply(Json::object({{"input_tokens", count}}))));
}

/// On the server's thread: the answers under way may end; what has not after the grace is cut.
void Server::Parts::wind_down() {
  const auto cut_all = [this] {
    for (const auto& call : live.all()) call->cut();
    http->after(std::chrono::seconds(2), [this] { http->stop(); });  // clients that do not read
  };
  if (draining.exchange(true)) return cut_all();
  http->drain();
  http->after(options.grace, cut_all);
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::Server(Server&&) noexcept = default;
Server::~Server() = default;

Result<Server> Server::open(Model model, const ServerOptions& options) {
  if (!is_loopback(options.host) && options.api_keys.empty() && !options.open_to_all) {
    return Error(ErrorCode::kInvalidArgument, "Other machines reach " + options.host +
                                                  ": set an API key, or allow all to use this server.");
  }
  if (std::find(options.api_keys.begin(), options.api_keys.end(), "") != options.api_keys.end())
    return Error(ErrorCode::kInvalidArgument, "An API key must not be empty.");
  const Session session = TUG_TRY(model.new_session(options.context));
  auto parts = std::make_unique<Parts>(std::move(model), options, session.capacity());
  parts->http = TUG_TRY(HttpServer::listen({options.host, options.port}, limits_of(options), *parts));
  return Server(std::move(parts));
}

const std::string& Server::host() const { return parts_->http->address().host; }
int Server::port() const { return parts_->http->address().port; }
int64_t Server::context() const { return parts_->context; }

void Server::run(bool until_signal) {
  if (until_signal) parts_->http->on_signal([parts = parts_.get()] { parts->wind_down(); });
  parts_->http->run();
}

void Server::stop() {
  parts_->http->after(std::chrono::milliseconds(0), [parts = parts_.get()] { parts->wind_down(); });
}

}  // namespace tug
