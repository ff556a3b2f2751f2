// The way of one answer to its client. All functions may be called from any thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "server/http/http_message.h"

namespace tug {

class Responder {
 public:
  virtual ~Responder() = default;

  /// The whole answer: once, and then nothing else. After begin() the stream breaks off instead.
  virtual void send(HttpReply reply) = 0;

  /// The head of a stream, whose body follows in pieces. `head.body` is its first.
  virtual void begin(HttpReply head) = 0;
  /// The next piece. Waits while too much is on its way to a slow client. False: the client is gone.
  virtual bool write(std::string_view bytes) = 0;
  /// The same without waiting, for a short piece.
  virtual void write_now(std::string_view bytes) = 0;
  /// The stream is complete.
  virtual void end() = 0;

  /// Called once, on the server's thread, if the client goes away before its answer is complete; at once, on
  /// this thread, if it has gone already. Must not wait.
  virtual void on_gone(std::function<void()> call) = 0;

  /// Called on the server's thread each time that a stream has been silent for so long. Must not wait; is set
  /// before the stream begins.
  virtual void on_silence(std::chrono::milliseconds time, std::function<void()> call) = 0;
};

}  // namespace tug
