// HTTP/1.1 on TCP. One thread, the one that calls run(), reads and writes all sockets; handlers must not hold
// it up. The library behind it (Boost.Asio and Boost.Beast) is included in this folder only.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/http/http_limits.h"
#include "server/http/http_message.h"
#include "server/http/responder.h"
#include "tugboat/result.h"

namespace tug {

/// What answers requests. All functions are called on the server's thread.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  /// The header has been read, the body not yet: a reply ends the request here, and its body is never kept.
  virtual std::optional<HttpReply> refuse(const HttpRequest& head) = 0;
  /// A whole request. The answer may come from here or later, from any thread.
  virtual void handle(HttpRequest request, std::shared_ptr<Responder> responder) = 0;
  /// The reply to what is no request, or one beyond the limits.
  virtual HttpReply failure(int status, const std::string& sentence) = 0;
};

struct HttpAddress {
  std::string host;
  int port = 0;
};

class HttpServer {
 public:
  /// Binds and listens. `handler` outlives the server; port 0: a free one.
  /// Errors: kInvalidArgument for a host that is none here; kIo, when the port is taken.
  static Result<std::unique_ptr<HttpServer>> listen(const HttpAddress& address, const HttpLimits& limits,
                                                    HttpHandler& handler);
  /// Cuts what is still connected.
  ~HttpServer();

  /// Where it listens, with the port that it was given.
  const HttpAddress& address() const;

  /// Serves until drain() has ended or stop() is called.
  void run();

  // From any thread:
  /// Takes no more connections and requests; run() returns when the last answer is complete.
  void drain();
  /// Cuts all connections; run() returns.
  void stop();
  /// Calls `call` on the server's thread, after a while or at once.
  void after(std::chrono::milliseconds time, std::function<void()> call);

  /// Before run(): SIGINT and SIGTERM call `call` on the server's thread instead of ending the program.
  void on_signal(std::function<void()> call);

  size_t connections() const;

 private:
  struct Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tug
