#include "server/http/http_server.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "server/http/connection.h"

namespace tug {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using SystemError = boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptPause{100};

}  // namespace

struct HttpServer::Parts {
  Parts(const HttpLimits& the_limits, HttpHandler& handler)
      : limits(the_limits),
        host{.limits = limits,
             .handler = handler,
             .bodies = std::make_shared<BodyBudget>(limits.bodies_bytes)},
        acceptor(context),
        accept_pause(context),
        signals(context) {
    host.on_fewer = [this] { on_fewer(); };
  }

  void accept();
  void pause();
  bool make_room();
  bool close_an_idle_one();
  void wait_for_signal();
  void drain();
  void on_fewer();
  void close_all();

  const HttpLimits limits;
  asio::io_context context{1};
  ConnectionHost host;
  tcp::acceptor acceptor;
  asio::steady_timer accept_pause;
  asio::signal_set signals;
  std::function<void()> signal_call;
  HttpAddress address;
  std::atomic<size_t> connections = 0;
};

/// Waits for a client, and takes it when there is room for it.
void HttpServer::Parts::accept() {
  acceptor.async_wait(tcp::acceptor::wait_read, [this](const SystemError& error) {
    if (!acceptor.is_open()) return;
    if (error || !make_room()) return pause();
    SystemError refused;
    tcp::socket socket = acceptor.accept(refused);
    if (refused == asio::error::would_block || refused == asio::error::connection_aborted) return accept();
    if (refused) return close_an_idle_one() ? accept() : pause();  // no descriptors are left
    const auto connection = std::make_shared<Connection>(std::move(socket), host);
    host.connections.insert(connection);
    connections = host.connections.size();
    connection->start();
    accept();
  });
}

void HttpServer::Parts::pause() {
  accept_pause.expires_after(kAcceptPause);
  accept_pause.async_wait([this](const SystemError& cancelled) {
    if (!cancelled && acceptor.is_open()) accept();
  });
}

bool HttpServer::Parts::make_room() {
  return host.connections.size() < limits.connections || close_an_idle_one();
}

/// The client that has been idle for the longest gives way to a new one. False: all of them are busy.
bool HttpServer::Parts::close_an_idle_one() {
  std::shared_ptr<Connection> idle;
  for (const auto& connection : host.connections) {
    if (connection->is_idle() && (!idle || connection->idle_since() < idle->idle_since())) idle = connection;
  }
  if (idle) idle->close();
  return idle != nullptr;
}

void HttpServer::Parts::on_fewer() {
  connections = host.connections.size();
  if (host.draining && host.connections.empty()) context.stop();
}

void HttpServer::Parts::drain() {
  host.draining = true;
  SystemError ignored;
  acceptor.close(ignored);
  accept_pause.cancel();
  const auto all = host.connections;
  for (const auto& connection : all) connection->drain();
  on_fewer();
}

void HttpServer::Parts::close_all() {
  const auto all = host.connections;
  for (const auto& connection : all) connection->close();
}

void HttpServer::Parts::wait_for_signal() {
  signals.async_wait([this](const SystemError& error, int) {
    if (error) return;
    wait_for_signal();
    signal_call();
  });
}

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HttpServer::~HttpServer() { parts_->close_all(); }

Result<std::unique_ptr<HttpServer>> HttpServer::listen(const HttpAddress& address, const HttpLimits& limits,
                                                       HttpHandler& handler) {
  auto parts = std::make_unique<Parts>(limits, handler);
  SystemError error;
  tcp::resolver resolver(parts->context);
  const auto found =
      resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive, error);
  if (error || found.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "\"" + address.host + "\" is no address of this machine; 127.0.0.1 is a usual one.");
  }
  const tcp::endpoint endpoint = found.begin()->endpoint();
  const std::string place = address.host + " port " + std::to_string(address.port);
  parts->acceptor.open(endpoint.protocol(), error);
  if (!error) parts->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) parts->acceptor.bind(endpoint, error);
  if (!error) parts->acceptor.non_blocking(true, error);
  if (!error) parts->acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error == asio::error::address_in_use) {
    return Error(ErrorCode::kIo, "Another program listens on " + place + " already; choose another port.");
  }
  if (error) return Error(ErrorCode::kIo, "Cannot listen on " + place + ": " + error.message() + ".");
  parts->address = {address.host, parts->acceptor.local_endpoint(error).port()};
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

const HttpAddress& HttpServer::address() const { return parts_->address; }

void HttpServer::run() {
  parts_->accept();
  parts_->context.run();
}

void HttpServer::drain() {
  asio::post(parts_->context, [parts = parts_.get()] { parts->drain(); });
}

void HttpServer::stop() {
  asio::post(parts_->context, [parts = parts_.get()] {
    parts->close_all();
    parts->context.stop();
  });
}

void HttpServer::after(std::chrono::milliseconds time, std::function<void()> call) {
  asio::post(parts_->context, [parts = parts_.get(), time, call = std::move(call)] {
    auto timer = std::make_shared<asio::steady_timer>(parts->context, time);
    timer->async_wait([timer, call](const SystemError& error) {
      if (!error) call();
    });
  });
}

void HttpServer::on_signal(std::function<void()> call) {
  parts_->signal_call = std::move(call);
  parts_->signals.add(SIGINT);
  parts_->signals.add(SIGTERM);
  parts_->wait_for_signal();
}

size_t HttpServer::connections() const { return parts_->connections; }

}  // namespace tug
