// A server with the demo model on a free port, for as long as it lives.
#pragma once

#include <mutex>
#include <thread>

#include "base/json.h"
#include "server/http/client.h"
#include "server/json_paths.h"
#include "server/server.h"

namespace tug {

class RunningServer {
 public:
  explicit RunningServer(ServerOptions options = {}, ModelOptions model = {})
      : server_(value_of(Server::open(value_of(Model::open("demo", model)), prepared(std::move(options))))),
        thread_([this] { server_.run(false); }) {}
  ~RunningServer() {
    stop();
    if (thread_.joinable()) thread_.join();
  }

  int port() const { return server_.port(); }
  const Server& server() const { return server_; }
  void stop() { server_.stop(); }
  void wait_for_end() { thread_.join(); }

  Json post(std::string_view path, const std::string& body, int status = 200,
            std::string_view headers = "") const {
    Client client(port());
    client.post(path, body, headers);
    const ClientReply reply = client.reply();
    EXPECT_EQ(reply.status, status) << reply.body;
    return value_of(parse_json(reply.body));
  }
  std::string get(std::string_view path) const {
    Client client(port());
    client.get(path);
    return client.reply().body;
  }
  std::vector<std::string> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }

 private:
  ServerOptions prepared(ServerOptions options) {
    options.port = 0;
    options.log = [this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      log_.emplace_back(line);
    };
    return options;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> log_;
  Server server_;
  std::thread thread_;
};

}  // namespace tug
