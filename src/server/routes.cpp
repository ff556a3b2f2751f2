#include "server/routes.h"

#include "base/printable.h"
#include "server/dialects/dialects.h"

namespace tug {
namespace {

using Kind = Route::Kind;

constexpr std::string_view kModelPrefix = "/models/";

const Route kRoutes[] = {
    {"POST", "/chat/completions", Kind::kCall, &kOpenAiChat},
    {"POST", "/completions", Kind::kCall, &kOpenAiCompletions},
    {"POST", "/responses", Kind::kCall, &kOpenAiResponses},
    {"POST", "/messages", Kind::kCall, &kAnthropicMessages},
    {"POST", "/messages/count_tokens", Kind::kCountTokens, &kAnthropicMessages},
    {"GET", "/models", Kind::kModels, &kOpenAiChat},
    {"GET", "/models/", Kind::kModel, &kOpenAiChat},  // and a name
    {"GET", "/health", Kind::kHealth, &kOpenAiChat},
    {"GET", "/", Kind::kPage, &kOpenAiChat},
    {"GET", "/metrics", Kind::kMetrics, &kOpenAiChat},
};

/// With or without /v1, and a slash at the end does no harm.
std::string_view plain(std::string_view path) {
  if (path.starts_with("/v1/")) path.remove_prefix(3);
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

/// Who leaves the /v1 out expects llama-server.
const Dialect* dialect_of(const Route& route, bool with_version) {
  if (with_version || route.dialect == &kOpenAiResponses || route.dialect == &kAnthropicMessages)
    return route.dialect;
  return route.dialect == &kOpenAiCompletions ? &kLlamaCompletions : &kLlamaChat;
}

}  // namespace

RouteMatch find_route(std::string_view method, std::string_view path) {
  const bool with_version = path.starts_with("/v1/");
  path = plain(path);
  RouteMatch match;
  match.dialect = path.starts_with("/messages") ? &kAnthropicMessages : &kOpenAiChat;
  for (const Route& route : kRoutes) {
    const bool named = route.kind == Kind::kModel;
    if (named ? !path.starts_with(kModelPrefix) : path != route.path) continue;
    match.dialect = dialect_of(route, with_version);
    const std::string_view asked = method == "HEAD" ? "GET" : method;
    if (asked == route.method) {
      match.route = &route;
      if (named) match.rest = path.substr(kModelPrefix.size());
      return match;
    }
    match.allowed = std::string(route.method) == "GET" ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
  }
  return match;
}

std::string no_route_sentence(std::string_view path) {
  std::string sentence = "There is nothing at " + printable(path) + ". ";
  if (path.starts_with("/v1/v1/"))
    return sentence + "Its /v1 is doubled: set the client's base URL to this server's address " +
           (plain(path).starts_with("/v1/messages") ? "without /v1." : "with one /v1.");
  return sentence +
         "The routes are /v1/chat/completions, /v1/completions, /v1/responses, /v1/messages, "
         "/v1/messages/count_tokens, /v1/models, /health and /metrics.";
}

}  // namespace tug
