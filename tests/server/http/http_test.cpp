// HTTP as it should be: requests in every framing, replies, streams, connections that are used again.
#include "server/http/http_target.h"
#include "server/http/toy_server.h"

namespace tug {
namespace {

using std::chrono::milliseconds;

TEST(Http, RequestsAndReplies) {
  ToyServer toy;
  Client client(toy.port());
  client.post("/echo?a=b%20c", "body");
  ClientReply reply = client.reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "POST /echo a=b%20c body");
  EXPECT_EQ(reply.headers.at("connection"), "keep-alive");
  EXPECT_TRUE(reply.headers.at("date").ends_with(" GMT"));
  client.get("/%65cho");  // on the same connection
  EXPECT_EQ(client.reply().body, "GET /echo  ");
  client.send(
      "POST http://elsewhere/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;note=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(client.reply().body, "POST /echo  abcde");
}

TEST(Http, ByteByByte) {
  ToyServer toy;
  Client client(toy.port());
  for (const char c : std::string("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "3\r\nabc\r\n0\r\n\r\n"))
    client.send(std::string(1, c));
  EXPECT_EQ(client.reply().body, "POST /echo  abc");
}

TEST(Http, HeadHasNoBody) {
  ToyServer toy;
  Client client(toy.port());
  client.send("HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  const ClientReply reply = client.reply(false);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("content-length"), "12");
  client.get("/echo");
  EXPECT_EQ(client.reply().body, "GET /echo  ") << "nothing was left on the connection";
}

TEST(Http, OlderClients) {
  ToyServer toy;
  Client once(toy.port());
  once.send("GET /echo HTTP/1.0\r\n\r\n");
  EXPECT_EQ(once.reply().headers.at("connection"), "close");
  EXPECT_TRUE(once.ends());
  Client again(toy.port());
  again.send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(again.reply().headers.at("connection"), "keep-alive");

  Client stream(toy.port());
  stream.send("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_EQ(stream.head().headers.count("transfer-encoding"), 0u);
  toy.responder()->end();
}

TEST(Http, ConnectionCloseIsObeyed) {
  ToyServer toy;
  Client client(toy.port());
  client.get("/echo", "Connection: close\r\n");
  EXPECT_EQ(client.reply().headers.at("connection"), "close");
  EXPECT_TRUE(client.ends());
}

TEST(Http, ContinueIsSaidBeforeABodyIsSent) {
  ToyServer toy;
  Client client(toy.port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.reply().status, 100);
  client.send("abc");
  EXPECT_EQ(client.reply().body, "POST /echo  abc");

  client.send("POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.reply().status, 404) << "no continue for what is refused";
}

TEST(Http, LargeBodiesBothWays) {
  ToyServer toy;
  Client client(toy.port());
  std::string body(5 << 20, 'x');
  for (size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
  std::thread writer([&] { client.post("/echo", body); });
  const ClientReply reply = client.reply();
  writer.join();
  EXPECT_TRUE(reply.body == "POST /echo  " + body);
}

TEST(Http, AStreamIsSentPieceByPiece) {
  ToyServer toy;
  Client client(toy.port());
  client.get("/stream");
  EXPECT_EQ(client.head().headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(client.chunk(), "hello");
  const auto responder = toy.responder();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(responder->write(std::to_string(i)));
    EXPECT_EQ(client.chunk(), std::to_string(i)) << "a piece that waits for the next is no stream";
  }
  responder->end();
  EXPECT_EQ(client.chunk(), "");
  client.get("/echo");
  EXPECT_EQ(client.reply().status, 200);
}

TEST(Http, AnAnswerInTheMiddleOfAStreamBreaksItOff) {
  ToyServer toy;
  Client client(toy.port());
  client.get("/stream");
  client.head();
  EXPECT_EQ(client.chunk(), "hello");
  toy.responder()->send({.status = 500});
  toy.responder()->send({.status = 500});
  EXPECT_EQ(client.chunk(), std::nullopt);
}

TEST(Http, SilenceIsBrokenAgainAndAgain) {
  ToyServer toy;
  Client client(toy.port());
  client.get("/wait");
  const auto responder = toy.responder();
  responder->on_silence(milliseconds(10), [weak = std::weak_ptr(responder)] {
    if (const auto self = weak.lock()) self->write_now("beat");
  });
  responder->begin({.body = "hello"});
  client.head();
  EXPECT_EQ(client.chunk(), "hello");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.chunk(), "beat");
  responder->write("word");
  std::string next = client.chunk().value_or("");
  while (next == "beat") next = client.chunk().value_or("");
  EXPECT_EQ(next, "word");
}

TEST(Http, TheHandlerIsToldWhenAClientGoes) {
  ToyServer toy;
  for (const char* path : {"/wait", "/stream"}) {  // whole replies and streams
    const size_t before = toy.gone();
    Client client(toy.port());
    client.get(path);
    const auto responder = toy.responder(before);
    EXPECT_EQ(toy.gone(), before);
    client.close();
    toy.wait_for_gone(before + 1);
    EXPECT_FALSE(responder->write("more"));
    bool told = false;
    responder->on_gone([&] { told = true; });
    EXPECT_TRUE(told) << "also when it asks late";
  }
}

TEST(Http, AHalfClosedClientIsGone) {
  ToyServer toy;
  Client client(toy.port());
  client.get("/wait");
  toy.responder();
  client.half_close();
  toy.wait_for_gone();
}

TEST(Http, DrainingFinishesWhatIsUnderWay) {
  ToyServer toy;
  Client idle(toy.port()), busy(toy.port());
  idle.get("/echo");
  EXPECT_EQ(idle.reply().headers.at("connection"), "keep-alive");
  busy.get("/stream");
  busy.head();
  EXPECT_EQ(busy.chunk(), "hello");
  toy.server().drain();
  EXPECT_TRUE(idle.ends());
  toy.responder()->write("last");
  toy.responder()->end();
  EXPECT_EQ(busy.chunk(), "last");
  EXPECT_EQ(busy.chunk(), "");
  EXPECT_TRUE(busy.ends());
}

TEST(Http, PortsThatAreTaken) {
  ToyServer toy;
  ToyServer* handler = &toy;
  const auto second = HttpServer::listen({"127.0.0.1", toy.port()}, {}, *handler);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message().find("choose another port"), std::string::npos);
  EXPECT_FALSE(HttpServer::listen({"192.0.2.1", 0}, {}, *handler).ok()) << "an address of nobody";
  EXPECT_FALSE(HttpServer::listen({"no such host", 0}, {}, *handler).ok());
}

TEST(Http, Targets) {
  std::string path, query;
  EXPECT_TRUE(split_target("/a%2Fb%20c?x=%00", path, query));
  EXPECT_EQ(path, "/a/b c");
  EXPECT_EQ(query, "x=%00");
  for (const char* broken : {"", "a", "/%", "/%4", "/%zz", "/%00", "/%0d%0a", "ftp://x/"}) {
    path.clear();
    EXPECT_FALSE(split_target(broken, path, query)) << broken;
  }
}

}  // namespace
}  // namespace tug
