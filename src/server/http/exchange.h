// One answer between the threads that make it and the connection that sends it.
#pragma once

#include <condition_variable>
#include <mutex>

#include "server/http/responder.h"

namespace tug {

class Exchange final : public Responder {
 public:
  struct Framing {
    bool keep_alive = true;
    bool chunked = true;     // HTTP/1.1; else a stream ends with its connection
    bool head_only = false;  // HEAD
  };

  /// `wake` asks the connection to call take(); it is never called after close().
  Exchange(Framing framing, size_t outbox_max, std::function<void()> wake);

  void send(HttpReply reply) override;
  void begin(HttpReply head) override;
  bool write(std::string_view bytes) override;
  void write_now(std::string_view bytes) override;
  void end() override;
  void on_gone(std::function<void()> call) override;
  void on_silence(std::chrono::milliseconds time, std::function<void()> call) override;

  // The connection's side.

  /// What is to be sent next, exchanged for `sent`, which is empty. Empty again: wait to be woken.
  void take(std::string& sent);
  bool complete() const;  // and nothing is left to take
  bool keeps_alive() const;
  /// The connection will send nothing more.
  void close();
  /// How long a silence may be, zero: as long as it likes; and what is called then.
  std::chrono::milliseconds silence() const;
  void break_silence();

 private:
  void put_head(const HttpReply& reply, bool stream);
  void put_piece(std::string_view bytes);
  void wake_connection();

  Framing framing_;
  const size_t outbox_max_;

  mutable std::mutex mutex_;  // guards all that follows
  std::condition_variable room_;
  std::function<void()> wake_;
  std::function<void()> gone_call_;
  std::function<void()> silence_call_;
  std::chrono::milliseconds silence_{0};
  std::string outbox_;
  bool begun_ = false, ended_ = false, closed_ = false;
  bool woken_ = false;  // the connection is about to take, or is sending
};

}  // namespace tug
