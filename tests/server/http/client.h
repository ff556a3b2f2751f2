// A client that says exactly what it is told to, byte by byte, and reads what comes back.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "support/expect.h"

namespace tug {

struct ClientReply {
  int status = 0;  // 0: the connection ended before
  std::map<std::string, std::string> headers;
  std::string body;
  bool complete = false;
};

class Client {
 public:
  explicit Client(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{60, 0};  // a test that waits for ever fails instead
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  Client(Client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), input_(std::move(other.input_)) {}
  ~Client() { close(); }

  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  int descriptor() const { return socket_; }
  void half_close() { shutdown(socket_, SHUT_WR); }

  /// False: the server does not take it any more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  bool post(std::string_view path, std::string_view body, std::string_view headers = "") {
    return send("POST " + std::string(path) + " HTTP/1.1\r\nHost: test\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" + std::string(body));
  }
  bool get(std::string_view path, std::string_view headers = "") {
    return send("GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers) + "\r\n");
  }

  /// The next reply, with the body's chunks joined.
  ClientReply reply(bool has_body = true) {
    ClientReply reply = head();
    if (reply.status == 0 || !has_body || reply.status == 204 || reply.status == 100) {
      reply.complete = reply.status != 0;
      return reply;
    }
    if (reply.headers["transfer-encoding"] == "chunked") {
      while (auto piece = chunk()) {
        if (piece->empty()) return reply.complete = true, reply;
        reply.body += *piece;
      }
      return reply;
    }
    const size_t size = number(reply.headers["content-length"], 10);
    reply.complete = fill(size);
    reply.body = take(std::min(size, input_.size()));
    return reply;
  }

  /// Status line and headers alone.
  ClientReply head() {
    ClientReply reply;
    const std::string first = line();
    if (first.size() < 12) return reply;
    reply.status = static_cast<int>(number(std::string_view(first).substr(9, 3), 10));
    for (std::string next = line(); !next.empty(); next = line()) {
      const size_t colon = next.find(": ");
      EXPECT_NE(colon, std::string::npos) << next;
      std::string name = next.substr(0, colon);
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      reply.headers[name] = next.substr(colon + 2);
    }
    return reply;
  }

  /// The next piece of a stream, empty at its end; nothing when the connection ends.
  std::optional<std::string> chunk() {
    const std::string size = line();
    if (size.empty()) return std::nullopt;
    const size_t bytes = number(size, 16);
    if (!fill(bytes + 2)) return std::nullopt;
    std::string piece = take(bytes);
    EXPECT_EQ(take(2), "\r\n");
    return piece;
  }

  /// Reads until the server ends the connection.
  void drain() {
    while (fill(input_.size() + 1)) input_.clear();
    EXPECT_TRUE(ended_);
  }

  /// Waits until the server ends the connection; false when it does not, or sends more.
  bool ends() { return input_.empty() && !fill(1) && ended_; }

 private:
  static size_t number(std::string_view text, int base) {
    size_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
  }
  bool fill(size_t size) {
    char bytes[16384];
    while (input_.size() < size) {
      const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
      if (count <= 0) {
        ended_ = count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
        return false;
      }
      input_.append(bytes, static_cast<size_t>(count));
    }
    return true;
  }
  std::string take(size_t size) {
    std::string taken = input_.substr(0, size);
    input_.erase(0, size);
    return taken;
  }
  std::string line() {
    size_t end = 0;
    while ((end = input_.find("\r\n")) == std::string::npos) {
      if (!fill(input_.size() + 1)) return {};
    }
    std::string text = take(end);
    take(2);
    return text;
  }

  int socket_;
  std::string input_;
  bool ended_ = false;
};

}  // namespace tug
