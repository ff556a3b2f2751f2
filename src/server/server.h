// `tug serve`: one model behind the APIs that products already speak.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tugboat/model.h"

namespace tug {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 8080;  // 0: a free one
  // Any of them will do; what was computed for one is nothing to another. None: for clients on this machine.
  std::vector<std::string> api_keys = {};
  bool open_to_all = false;  // listen to other machines without a key
  int64_t context = 0;       // most tokens of a request, prompt and answer; 0: what model and memory allow
  ReadSpeed speed = {};      // for telling what an answer could have reached; not known: nothing is told
  size_t connections_max = 4096;
  size_t body_bytes_max = size_t{64} << 20;
  std::chrono::milliseconds heartbeat{5'000};  // a stream is never silent for twice as long
  std::chrono::milliseconds grace{30'000};     // for the answers under way when the server is told to stop
  std::function<void(std::string_view line)> log = {};  // one line of JSON a request; from any thread
};

class Server {
 public:
  /// Listens. Errors: kInvalidArgument for another machine's address, or one that others reach without a key;
  /// kIo when the port is taken; kOutOfMemory for a context that does not fit.
  static Result<Server> open(Model model, const ServerOptions& options);
  Server(Server&&) noexcept;
  ~Server();

  const std::string& host() const;
  int port() const;
  int64_t context() const;

  /// Serves until stop() is called, or SIGINT or SIGTERM comes if `until_signal`: then it takes no more
  /// requests, finishes its answers within the grace, and returns. A second signal cuts them at once.
  void run(bool until_signal);
  /// From any thread.
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tug
