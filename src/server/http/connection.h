// One client's socket: reads a request, sends its answer, waits for the next. Lives on the server's thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <unordered_set>

#include "server/http/body_budget.h"
#include "server/http/exchange.h"
#include "server/http/http_server.h"

namespace tug {

class Connection;

/// What the connections of a server share.
struct ConnectionHost {
  const HttpLimits& limits;
  HttpHandler& handler;
  bool draining = false;
  std::shared_ptr<BodyBudget> bodies;
  std::unordered_set<std::shared_ptr<Connection>> connections = {};
  std::function<void()> on_fewer = {};  // a connection has gone
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, ConnectionHost& host);

  void start();
  /// It waits for a request.
  bool is_idle() const { return phase_ == Phase::kIdle; }
  std::chrono::steady_clock::time_point idle_since() const { return idle_since_; }
  /// Ends it after the answer that is under way, or now if there is none.
  void drain();
  /// Ends it now.
  void close();

 private:
  using Error = boost::system::error_code;
  using Clock = std::chrono::steady_clock;
  enum class Phase { kIdle, kHeader, kBody, kAnswering, kLingering, kClosed };

  /// What reading a request takes; nothing of it is kept while the client thinks.
  struct Reading {
    static constexpr size_t kBufferBytes = 64 << 10;
    boost::beast::flat_static_buffer<kBufferBytes> buffer;
    boost::beast::http::request_parser<boost::beast::http::string_body> parser;
    HttpRequest head;
    std::shared_ptr<BodyCharge> charge;  // of the body as it came, chunk headers included
    Clock::time_point body_start;
  };

  void set_phase(Phase phase, std::chrono::milliseconds deadline);
  void on_deadline();
  std::chrono::milliseconds tick() const;

  void wait_readable();
  void on_readable();
  void discard_input();

  void begin_request();
  void read_some();
  void on_bytes(const Error& error, size_t count);
  void parse();
  bool accept_head();
  void refuse(HttpReply reply);
  void reject(int status, const std::string& sentence);
  void refuse_broken(const Error& error);
  void begin_answer();

  void open_exchange(bool keep_alive);
  void send_taken();
  void on_sent(const Error& error);
  void finish_answer();
  void linger();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  ConnectionHost& host_;
  Phase phase_ = Phase::kIdle;
  std::unique_ptr<Reading> reading_;
  std::shared_ptr<Exchange> exchange_;
  bool readable_wait_ = false;  // one is pending
  Clock::time_point idle_since_;
  bool close_after_ = false;
  bool refused_ = false;       // before the request was read to its end
  bool unread_input_ = false;  // the client may still be sending what nobody reads
  size_t discarded_ = 0;

  std::string sending_;
  size_t sent_ = 0;
  bool is_sending_ = false;
  bool first_send_ = false;      // of an answer
  Clock::time_point last_sent_;  // or when the sending that is under way began
};

}  // namespace tug
