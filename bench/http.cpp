// What an event of a stream costs the server's one I/O thread, against a loop of bare send() calls.
//   bench_http [streams] [rounds]
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "server/http/http_server.h"

namespace {

using namespace tug;

const std::string kEvent = "data: " + std::string(230, 'x') + "\n\n";
constexpr auto kPause = std::chrono::milliseconds(50);

double cpu_of(pthread_t thread) {
  clockid_t clock;
  timespec time{};
  pthread_getcpuclockid(thread, &clock);
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

int connect_to(int port) {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  return client;
}

/// Reads what comes on many sockets, and counts it.
class Readers {
 public:
  Readers() : poll_(epoll_create1(0)), thread_([this] { loop(); }) {}
  ~Readers() {
    stopping_ = true;
    thread_.join();
    close(poll_);
  }
  void add(int client) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = client}};
    epoll_ctl(poll_, EPOLL_CTL_ADD, client, &event);
  }

 private:
  void loop() {
    char bytes[65536];
    epoll_event events[256];
    while (!stopping_) {
      const int count = epoll_wait(poll_, events, 256, 20);
      for (int i = 0; i < count; ++i) {
        const ssize_t got = recv(events[i].data.fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got == 0) epoll_ctl(poll_, EPOLL_CTL_DEL, events[i].data.fd, nullptr);
      }
    }
  }
  int poll_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

struct Streams final : HttpHandler {
  std::mutex mutex;
  std::vector<std::shared_ptr<Responder>> all;
  std::optional<HttpReply> refuse(const HttpRequest&) override { return std::nullopt; }
  void handle(HttpRequest, std::shared_ptr<Responder> responder) override {
    responder->begin({.type = "text/event-stream"});
    const std::lock_guard lock(mutex);
    all.push_back(std::move(responder));
  }
  HttpReply failure(int status, const std::string& sentence) override {
    return {.status = status, .body = sentence};
  }
  size_t size() {
    const std::lock_guard lock(mutex);
    return all.size();
  }
};

/// Seconds of the I/O thread for every event.
double server_cost(size_t streams, size_t rounds) {
  Streams handler;
  auto server = HttpServer::listen({"127.0.0.1", 0}, {}, handler);
  if (!server.ok()) std::abort();
  std::thread io([&] { (*server)->run(); });
  Readers readers;
  std::vector<int> clients;
  for (size_t i = 0; i < streams; ++i) {
    clients.push_back(connect_to((*server)->address().port));
    static constexpr char kRequest[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    if (send(clients.back(), kRequest, sizeof kRequest - 1, 0) < 0) std::abort();
    readers.add(clients.back());
  }
  while (handler.size() < streams) std::this_thread::sleep_for(kPause);
  std::this_thread::sleep_for(kPause);
  const double before = cpu_of(io.native_handle());
  for (size_t round = 0; round < rounds; ++round) {
    for (const auto& responder : handler.all) responder->write(kEvent);
    std::this_thread::sleep_for(kPause);
  }
  const double cost = cpu_of(io.native_handle()) - before;
  (*server)->stop();
  io.join();
  for (const int client : clients) close(client);
  return cost / static_cast<double>(streams * rounds);
}

double bare_cost(size_t streams, size_t rounds) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 1024) != 0)
    std::abort();
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  Readers readers;
  std::vector<int> clients, servers;
  for (size_t i = 0; i < streams; ++i) {
    clients.push_back(connect_to(ntohs(address.sin_port)));
    servers.push_back(accept(listener, nullptr, nullptr));
    readers.add(clients.back());
  }
  double cost = 0;
  std::thread sender([&] {
    const double before = cpu_of(pthread_self());
    for (size_t round = 0; round < rounds; ++round) {
      for (const int server : servers) {
        if (send(server, kEvent.data(), kEvent.size(), MSG_NOSIGNAL) < 0) std::abort();
      }
      std::this_thread::sleep_for(kPause);
    }
    cost = cpu_of(pthread_self()) - before;
  });
  sender.join();
  for (const int server : servers) close(server);
  for (const int client : clients) close(client);
  close(listener);
  return cost / static_cast<double>(streams * rounds);
}

}  // namespace

int main(int argc, char** argv) {
  const size_t rounds = argc > 2 ? static_cast<size_t>(std::atoi(argv[2])) : 100;
  for (const size_t streams : {size_t{64}, size_t{512}}) {
    if (argc > 1 && streams != static_cast<size_t>(std::atoi(argv[1]))) continue;
    const double bare = bare_cost(streams, rounds), server = server_cost(streams, rounds);
    std::printf("%zu streams: %.2f us an event, a bare send() loop %.2f us, ratio %.2f\n", streams,
                server * 1e6, bare * 1e6, server / bare);
  }
}
