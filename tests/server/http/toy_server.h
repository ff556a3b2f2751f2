// An HTTP server without a model: its answers do what a test tells them to.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/http/client.h"
#include "server/http/http_server.h"
#include "support/event_box.h"

namespace tug {

/// /echo answers with method, path, query and body; /stream begins a stream of "hello"; /wait answers
/// nothing; the test goes on with `responders`.
class ToyServer final : public HttpHandler {
 public:
  explicit ToyServer(HttpLimits limits = {})
      : server_(value_of(HttpServer::listen({"127.0.0.1", 0}, limits, *this))),
        thread_([this] { server_->run(); }) {}
  ~ToyServer() override {
    server_->stop();
    thread_.join();
    server_.reset();
  }

  int port() const { return server_->address().port; }
  HttpServer& server() { return *server_; }

  std::optional<HttpReply> refuse(const HttpRequest& head) override {
    if (head.path != "/refused") return std::nullopt;
    return HttpReply{.status = 404, .body = "refused"};
  }
  void handle(HttpRequest request, std::shared_ptr<Responder> responder) override {
    if (request.path == "/echo") {
      return responder->send(
          {.body = request.method + " " + request.path + " " + request.query + " " + request.body});
    }
    responder->on_gone([this] {
      const std::lock_guard lock(mutex_);
      ++gone_;
      changed_.notify_all();
    });
    if (request.path == "/stream") responder->begin({.type = "text/plain", .body = "hello"});
    const std::lock_guard lock(mutex_);
    responders_.push_back(std::move(responder));
    changed_.notify_all();
  }
  HttpReply failure(int status, const std::string& sentence) override {
    return {.status = status, .body = sentence};
  }

  /// The answer number `index` that the test gives.
  std::shared_ptr<Responder> responder(size_t index = 0) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return responders_.size() > index; });
    return responders_[index];
  }
  void wait_for_gone(size_t count = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return gone_ >= count; });
  }
  size_t gone() {
    const std::lock_guard lock(mutex_);
    return gone_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Responder>> responders_;
  size_t gone_ = 0;
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

}  // namespace tug
