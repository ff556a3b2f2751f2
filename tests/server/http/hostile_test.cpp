// Clients that are slow, broken or malicious: each is answered or cut, and the others are served meanwhile.
#include "base/random.h"
#include "server/http/toy_server.h"
#include "support/sanitized.h"

namespace tug {
namespace {

using std::chrono::milliseconds;

/// Small bodies, and answers that are given up soon when nobody takes them; every test adds the one limit
/// that it is about, so that a slow machine meets no other.
HttpLimits small() {
  HttpLimits limits;
  limits.body_bytes = 1 << 20;
  limits.linger_time = milliseconds(200);
  return limits;
}

void expect_served(const ToyServer& toy) {
  Client client(toy.port());
  client.get("/echo");
  EXPECT_EQ(client.reply().status, 200);
}

struct Broken {
  const char* request;
  int status;
};

const Broken kBroken[] = {
    {"NONSENSE\r\n\r\n", 400},
    {"GET /echo HTTP/2.0\r\nHost: x\r\n\r\n", 400},
    {"GET /echo HTTP/1.1\r\n\r\n", 400},  // no Host
    {"GET echo HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET /echo HTTP/1.1\r\nHost x\r\n\r\n", 400},
    {"GET /echo HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", 400},
    {"GET /echo HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n", 400},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     400},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
     400},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nabc", 400},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n", 400},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n", 413},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n", 413},
    {"POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n", 404},
};

TEST(Hostile, BrokenRequestsAreAnsweredAndCut) {
  const ToyServer toy(small());
  for (const Broken& broken : kBroken) {
    Client client(toy.port());
    client.send(broken.request);
    const ClientReply reply = client.reply();
    EXPECT_EQ(reply.status, broken.status) << broken.request;
    EXPECT_EQ(reply.headers.at("connection"), "close");
    EXPECT_TRUE(client.ends()) << broken.request;
  }
  expect_served(toy);
}

TEST(Hostile, HeadersHaveAnEnd) {
  const ToyServer toy(small());
  for (const std::string& start :
       {std::string("GET /"), std::string("GET /echo HTTP/1.1\r\nHost: x\r\nA: "), std::string("X")}) {
    Client client(toy.port());
    client.send(start + std::string(20'000, 'a'));
    EXPECT_EQ(client.reply().status, 431) << start;
    EXPECT_TRUE(client.ends());
  }
  Client many(toy.port());
  std::string headers = "GET /echo HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 5000; ++i) headers += "a: b\r\n";
  many.send(headers);
  EXPECT_EQ(many.reply().status, 431);
}

TEST(Hostile, SlowHeadersAreCut) {
  HttpLimits limits = small();
  limits.header_time = milliseconds(100);
  const ToyServer toy(limits);
  Client client(toy.port());
  client.send("GET /echo HTTP/1.1\r\nHost:");
  EXPECT_EQ(client.reply().status, 408);
  EXPECT_TRUE(client.ends());
  Client tls(toy.port());
  tls.send(std::string_view("\x16\x03\x01\x02\x00\x01\x00", 7));
  tls.reply();
  EXPECT_TRUE(tls.ends());
}

TEST(Hostile, SlowBodiesAreCut) {
  HttpLimits limits = small();
  limits.body_grace = milliseconds(100);
  const ToyServer toy(limits);
  Client client(toy.port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
  EXPECT_EQ(client.reply().status, 408);
  EXPECT_TRUE(client.ends());
}

TEST(Hostile, IdleConnectionsAreCut) {
  HttpLimits limits = small();
  limits.idle_time = milliseconds(1000);
  const ToyServer toy(limits);
  Client silent(toy.port()), served(toy.port());
  served.get("/echo");
  EXPECT_EQ(served.reply().status, 200);
  EXPECT_TRUE(silent.ends());
  EXPECT_TRUE(served.ends());
}

TEST(Hostile, AChunkHeaderHasAnEnd) {
  const ToyServer toy(small());
  Client client(toy.port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
              std::string(100'000, 'a'));
  EXPECT_GE(client.reply().status, 400);
  EXPECT_TRUE(client.ends());
}

TEST(Hostile, OversizedBodiesGetTheirAnswer) {
  const ToyServer toy(small());
  Client client(toy.port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n");
  client.send(std::string(3'000'000, 'a'));  // a client that reads only when it has sent all
  EXPECT_EQ(client.reply().status, 413);
  EXPECT_TRUE(client.ends());
}

TEST(Hostile, PipelinedRequestsAreDropped) {
  ToyServer toy(small());
  Client client(toy.port());
  client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\nGET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.reply().status, 200);
  EXPECT_TRUE(client.ends());

  Client later(toy.port());
  later.get("/wait");
  const auto responder = toy.responder();
  later.get("/echo");
  responder->send({.body = "first"});
  EXPECT_EQ(later.reply().body, "first");
  EXPECT_TRUE(later.ends());

  Client flood(toy.port());
  flood.get("/wait");
  toy.responder(1);
  for (int i = 0; i < 1000 && flood.send(std::string(1000, 'x')); ++i) continue;
  toy.wait_for_gone();
  expect_served(toy);
}

TEST(Hostile, AReaderThatDoesNotReadWaitsAloneAndIsCut) {
  HttpLimits limits = small();
  limits.stall_time = milliseconds(200);
  ToyServer toy(limits);
  Client slow(toy.port());
  slow.get("/stream");
  const auto responder = toy.responder();
  size_t written = 0;
  const std::string piece(10'000, 'x');
  while (responder->write(piece)) {
    if ((written += piece.size()) % 1'000'000 == 0) expect_served(toy);
    ASSERT_LT(written, size_t{1} << 30) << "nothing held the writer back";
  }
  toy.wait_for_gone();
  expect_served(toy);
}

TEST(Hostile, ConnectionsHaveALimitAndIdleOnesGiveWay) {
  HttpLimits limits;
  limits.connections = 4;
  ToyServer toy(limits);
  std::vector<Client> busy, idle;
  for (int i = 0; i < 3; ++i) {
    busy.emplace_back(toy.port()).get("/wait");
    toy.responder(static_cast<size_t>(i));
  }
  for (int i = 0; i < 10; ++i) {
    idle.emplace_back(toy.port()).get("/echo");
    EXPECT_EQ(idle.back().reply().status, 200);
  }
  EXPECT_EQ(toy.gone(), 0u) << "who waits for an answer is never cut for others";
}

TEST(Hostile, AllBodiesTogetherHaveALimit) {
  HttpLimits limits;
  limits.bodies_bytes = 1 << 20;
  const ToyServer toy(limits);
  const std::string half =
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" + std::string(700'000, 'x');
  Client first(toy.port()), second(toy.port());
  first.send(half);
  second.send(half);
  // One of them is the second to arrive, and refused; the other may go on.
  pollfd waiting[2] = {{first.descriptor(), POLLIN, 0}, {second.descriptor(), POLLIN, 0}};
  ASSERT_EQ(poll(waiting, 2, 60'000), 1);
  Client& refused = waiting[0].revents ? first : second;
  Client& other = waiting[0].revents ? second : first;
  EXPECT_EQ(refused.reply().status, 503);
  refused.close();
  expect_served(toy);
  other.send(std::string(200'000, 'x'));
  other.close();
}

TEST(Hostile, MutatedRequestsInAnyPiecesEndSomehow) {
  ToyServer toy(small());
  const std::string requests[] = {
      "POST /echo?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: t\r\n\r\n",
      "GET /stream HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n",
  };
  uint64_t draw = 0;
  const auto random = [&](uint64_t below) { return static_cast<size_t>(mix_bits(++draw) % below); };
  for (uint64_t i = 0; i < cases(20000, 2000); ++i) {
    std::string request = requests[random(3)];
    for (size_t change = random(4); change > 0; --change) {
      const size_t at = random(request.size());
      switch (random(4)) {
        case 0: request[at] = static_cast<char>(random(256)); break;
        case 1: request.erase(at, 1 + random(4)); break;
        case 2: request.insert(at, request.substr(random(request.size()), random(20))); break;
        default: request.insert(at, 1, "\r\n: ;0%"[random(8)]);
      }
    }
    Client client(toy.port());
    for (size_t sent = 0; sent < request.size();) {
      const size_t piece = 1 + random(request.size());
      client.send(std::string_view(request).substr(sent, piece));
      sent += piece;
    }
    client.half_close();
    client.drain();
  }
  expect_served(toy);
}

}  // namespace
}  // namespace tug
