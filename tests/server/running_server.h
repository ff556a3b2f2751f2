// A server with the demo model on a free port, for as long as it lives.
#pragma once

#include <mutex>
#include <thread>

#include "base/json.h"
#include "server/http/client.h"
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

  Json post(std::string_view path, const std::string& body, int status = 200) const {
    Client client(port());
    client.post(path, body);
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

/// The value at a path such as "choices.0.message.content"; null where there is none.
inline Json at(const Json& json, std::string_view path) {
  const Json* value = &json;
  while (value && !path.empty()) {
    const size_t dot = std::min(path.find('.'), path.size());
    const std::string_view key = path.substr(0, dot);
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (value->is_array()) {
      const auto index = static_cast<size_t>(std::stoul(std::string(key)));
      value = index < value->items().size() ? &value->items()[index] : nullptr;
    } else {
      value = value->find(key);
    }
  }
  return value ? *value : Json();
}

/// The JSON of every data line of a stream; "[DONE]" as a text.
inline std::vector<Json> data_of(std::string_view stream) {
  std::vector<Json> events;
  while (!stream.empty()) {
    const size_t end = std::min(stream.find('\n'), stream.size());
    const std::string_view line = stream.substr(0, end);
    stream.remove_prefix(std::min(end + 1, stream.size()));
    if (!line.starts_with("data: ")) continue;
    const std::string_view data = line.substr(6);
    events.push_back(data == "[DONE]" ? Json("[DONE]") : value_of(parse_json(data)));
  }
  return events;
}

}  // namespace tug
