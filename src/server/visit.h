// One request at the server: what its answer must carry, and the line that it leaves in the log, which never
// has what was asked, answered, or shown as a key.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/json.h"
#include "server/dialects/dialect.h"
#include "server/http/responder.h"

namespace tug {

class Visit {
 public:
  using Clock = std::chrono::steady_clock;
  using Log = std::function<void(int status, const Json& line)>;

  /// `headers`: of every answer. `scope`: names whose request it is.
  Visit(const HttpRequest& request, const Dialect& dialect, HttpHeaders headers, std::string scope, Log log);

  /// Completes a reply and logs it.
  HttpReply close(HttpReply reply, Json facts = {});
  HttpReply close(const Failure& failure);
  /// The head of a stream, which is logged when it ends.
  HttpReply open_stream() const;
  void log(int status, const Json& facts) const;

  const Dialect& dialect() const { return *dialect_; }
  const std::string& id() const { return id_; }
  const std::string& scope() const { return scope_; }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  std::string method_, path_;
  const Dialect* dialect_;
  HttpHeaders headers_;
  std::string id_, scope_;
  Log log_;
  Clock::time_point start_ = Clock::now();
};

/// The client's X-Request-Id where it is harmless, else one of our own.
std::string request_id(const HttpRequest& request);

/// Letters and digits that no other reply has.
std::string new_id(size_t length);

}  // namespace tug
