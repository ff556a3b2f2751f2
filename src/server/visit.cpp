#include "server/visit.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <random>

#include "base/printable.h"
#include "base/random.h"

namespace tug {
namespace {

constexpr int kRetrySeconds = 2;

bool is_harmless(const std::string& id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == ':';
  });
}

/// "2026-12-01T05:00:00.123Z"
std::string utc_now() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char date[32], text[40];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text, sizeof text, "%s.%03dZ", date, static_cast<int>(milliseconds));
  return text;
}

}  // namespace

std::string new_id(size_t length) {
  static constexpr char kLetters[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  static const uint64_t seed = (uint64_t{std::random_device()()} << 32) | std::random_device()();
  static std::atomic<uint64_t> count = 0;
  const uint64_t number = count++;
  std::string id;
  for (uint64_t i = 0; i < length; ++i)
    id += kLetters[static_cast<size_t>(uniform_at(seed + number, i) * (sizeof kLetters - 1))];
  return id;
}

std::string request_id(const HttpRequest& request) {
  const std::string* given = request.header("x-request-id");
  return given && is_harmless(*given) ? *given : "req_" + new_id(24);
}

Visit::Visit(const HttpRequest& request, const Dialect& dialect, HttpHeaders headers, std::string scope,
             Log log)
    : method_(request.method),
      path_(printable(request.path)),
      dialect_(&dialect),
      headers_(std::move(headers)),
      id_(request_id(request)),
      scope_(std::move(scope)),
      log_(std::move(log)) {
  headers_.emplace_back("X-Request-Id", id_);
  headers_.emplace_back("Request-Id", id_);  // Anthropic's name
}

HttpReply Visit::close(HttpReply reply, Json facts) {
  reply.headers.insert(reply.headers.end(), headers_.begin(), headers_.end());
  log(reply.status, facts);
  return reply;
}

HttpReply Visit::close(const Failure& failure) {
  ErrorReply error = dialect_->error(failure, id_);
  HttpReply reply{.status = error.status, .body = std::move(error.body)};
  if (failure.kind == Failure::Kind::kOverloaded || failure.kind == Failure::Kind::kStopping)
    reply.headers.emplace_back("Retry-After", std::to_string(kRetrySeconds));
  if (failure.kind == Failure::Kind::kUnauthorized) reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  return close(std::move(reply), Json::object({{"error", printable(failure.message)}}));
}

HttpReply Visit::open_stream() const {
  HttpReply head{.type = "text/event-stream",
                 .headers = {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}}};
  head.headers.insert(head.headers.end(), headers_.begin(), headers_.end());
  return head;
}

void Visit::log(int status, const Json& facts) const {
  Json line = Json::object({{"time", utc_now()},
                            {"method", method_},
                            {"path", path_},
                            {"status", status},
                            {"id", id_},
                            {"seconds", seconds()}});
  if (!scope_.empty()) line.set("client", scope_);
  if (facts.is_object()) {
    for (const auto& [key, value] : facts.members()) line.set(key, value);
  }
  log_(status, line);
}

}  // namespace tug
