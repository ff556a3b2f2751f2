#include "server/http/connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "server/http/http_target.h"
#include "server/http/silence.h"

namespace tug {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using std::chrono::milliseconds;

constexpr size_t kSliceBytes = 64 << 10;      // one write to the system
constexpr size_t kPipelinedBytes = 64 << 10;  // more than this before the answer is an attack
constexpr milliseconds kBodyTick{1'000};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, ConnectionHost& host)
    : socket_(std::move(socket)), timer_(socket_.get_executor()), host_(host) {}

void Connection::start() {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  set_phase(Phase::kIdle, host_.limits.idle_time);
  wait_readable();
}

void Connection::drain() {
  close_after_ = true;
  if (phase_ == Phase::kIdle) close();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  const auto self = shared_from_this();
  reading_.reset();
  boost::system::error_code ignored;
  timer_.cancel();
  socket_.close(ignored);
  if (const auto exchange = std::exchange(exchange_, nullptr)) exchange->close();
  host_.connections.erase(self);
  host_.on_fewer();
}

// Deadlines ------------------------------------------------------------------------------------------------

void Connection::set_phase(Phase phase, milliseconds deadline) {
  phase_ = phase;
  if (phase == Phase::kIdle) idle_since_ = Clock::now();
  timer_.expires_after(deadline);
  timer_.async_wait([self = shared_from_this()](const Error& error) {
    if (!error) self->on_deadline();
  });
}

void Connection::on_deadline() {
  const HttpLimits& limits = host_.limits;
  const auto now = Clock::now();
  switch (phase_) {
    case Phase::kClosed: return;
    case Phase::kIdle:
    case Phase::kLingering: return close();
    case Phase::kHeader: return reject(408, "The header of the request did not come in time.");
    case Phase::kBody: {
      const auto time = std::chrono::duration_cast<milliseconds>(now - reading_->body_start);
      const auto due = static_cast<size_t>(std::max<int64_t>((time - limits.body_grace).count(), 0));
      if (reading_->charge->bytes() < due * limits.body_rate / 1000)
        return reject(408, "The body of the request came too slowly.");
      return set_phase(Phase::kBody, kBodyTick);
    }
    case Phase::kAnswering: break;
  }
  if (is_sending_ && now - last_sent_ >= limits.stall_time) return close();
  // Where that is of no avail, because an event is just being written, it is tried again at the next look.
  const auto quiet = std::chrono::duration_cast<milliseconds>(now - last_sent_);
  if (!is_sending_ && must_speak(exchange_->silence(), quiet)) exchange_->break_silence();
  if (phase_ == Phase::kAnswering) set_phase(Phase::kAnswering, tick());
}

/// How often an answer is looked at.
milliseconds Connection::tick() const { return look_every(exchange_->silence(), host_.limits.stall_time); }

// Between requests, and beside an answer -------------------------------------------------------------------

void Connection::wait_readable() {
  if (readable_wait_) return;
  readable_wait_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](const Error& error) {
    self->readable_wait_ = false;
    if (self->phase_ == Phase::kClosed) return;
    if (error) return self->close();
    self->on_readable();
  });
}

void Connection::on_readable() {
  if (phase_ == Phase::kIdle) return begin_request();
  discard_input();
}

/// Reads what comes while an answer is made or a refused client still talks: to know when it goes away.
/// Who sends a second request before the first is answered has it dropped; the connection ends after the
/// first (RFC 9112, 9.3.2).
void Connection::discard_input() {
  char bytes[4096];
  Error error;
  const size_t count = socket_.read_some(asio::buffer(bytes), error);
  if (error == asio::error::would_block || error == asio::error::try_again) return wait_readable();
  if (error) return close();
  discarded_ += count;
  if (phase_ == Phase::kAnswering && !refused_) {
    close_after_ = unread_input_ = true;
    if (discarded_ > kPipelinedBytes) return close();
  }
  wait_readable();
}

// Reading a request ----------------------------------------------------------------------------------------

void Connection::begin_request() {
  reading_ = std::make_unique<Reading>();
  reading_->charge = std::make_shared<BodyCharge>(host_.bodies);
  reading_->parser.eager(false);
  reading_->parser.header_limit(static_cast<std::uint32_t>(host_.limits.header_bytes));
  reading_->parser.body_limit(host_.limits.body_bytes);
  set_phase(Phase::kHeader, host_.limits.header_time);
  read_some();
}

void Connection::read_some() {
  const auto space = reading_->buffer.prepare(reading_->buffer.capacity() - reading_->buffer.size());
  socket_.async_read_some(space, [self = shared_from_this()](const Error& error, size_t count) {
    if (self->phase_ == Phase::kClosed || !self->reading_) return;
    self->on_bytes(error, count);
  });
}

void Connection::on_bytes(const Error& error, size_t count) {
  if (error) return close();  // also in the middle of a request: there is nobody to tell
  reading_->buffer.commit(count);
  if (phase_ == Phase::kBody) reading_->charge->add(count);
  parse();
}

void Connection::parse() {
  auto& [buffer, parser, head, charge, body_start] = *reading_;
  while (buffer.size() > 0 && !parser.is_done()) {
    Error error;
    const bool had_header = parser.is_header_done();
    const size_t used = parser.put(buffer.data(), error);
    buffer.consume(used);
    if (error && error != http::error::need_more) return refuse_broken(error);
    if (!had_header && parser.is_header_done() && !accept_head()) return;
    if (error == http::error::need_more && used == 0) break;
  }
  if (parser.is_done()) return begin_answer();
  if (host_.bodies->exceeded())
    return reject(503, "Too many large requests are being read; try again later.");
  if (buffer.size() == buffer.capacity()) return refuse_broken(http::error::buffer_overflow);
  read_some();
}

/// False: the request ends here.
bool Connection::accept_head() {
  auto& [buffer, parser, head, charge, body_start] = *reading_;
  const auto& message = parser.get();
  head.method = message.method_string();
  if (!split_target(view(message.target()), head.path, head.query))
    return reject(400, "The target of the request is not a path."), false;
  for (const auto& field : message)
    head.headers.emplace_back(lower(view(field.name_string())), view(field.value()));
  if (head.header("transfer-encoding") && !parser.chunked())
    return reject(400, "The only transfer encoding is chunked."), false;
  if (message.version() == 11 && !head.header("host"))
    return reject(400, "The request has no Host header."), false;
  if (auto reply = host_.handler.refuse(head)) return refuse(std::move(*reply)), false;
  if (parser.is_done()) return true;
  if (const auto* expect = head.header("expect"); expect && lower(*expect) == "100-continue") {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    Error ignored;
    socket_.write_some(asio::buffer(kContinue), ignored);  // nothing was sent before: there is room
  }
  body_start = Clock::now();
  set_phase(Phase::kBody, kBodyTick);
  charge->add(buffer.size());
  return true;
}

void Connection::refuse_broken(const Error& error) {
  if (error == http::error::header_limit ||
      (error == http::error::buffer_overflow && phase_ == Phase::kHeader))
    return reject(431, "The header of the request is longer than " +
                           std::to_string(host_.limits.header_bytes) + " bytes.");
  if (error == http::error::body_limit)
    return reject(
        413, "The body of the request is longer than " + std::to_string(host_.limits.body_bytes) + " bytes.");
  if (error == http::error::bad_version) return reject(400, "This server speaks HTTP/1.1.");
  reject(400, "This is not an HTTP request: " + error.message() + ".");
}

/// Answers before the request has been read to its end, which then is the end of the connection.
void Connection::refuse(HttpReply reply) {
  const bool whole = reading_->parser.is_done() && reading_->buffer.size() == 0;
  refused_ = unread_input_ = !whole;
  open_exchange(whole && reading_->parser.keep_alive());
  reading_.reset();
  exchange_->send(std::move(reply));
  wait_readable();
}

/// Refuses what is no request, or one beyond the limits: what follows it is no request either.
void Connection::reject(int status, const std::string& sentence) {
  close_after_ = true;
  refuse(host_.handler.failure(status, sentence));
}

void Connection::begin_answer() {
  auto& [buffer, parser, head, charge, body_start] = *reading_;
  if (buffer.size() > 0) close_after_ = unread_input_ = true;
  HttpRequest request = std::move(head);
  request.body = std::move(parser.get().body());
  request.body_charge = std::move(charge);
  open_exchange(parser.keep_alive());
  reading_.reset();
  wait_readable();
  host_.handler.handle(std::move(request), exchange_);
}

// Sending the answer ---------------------------------------------------------------------------------------

void Connection::open_exchange(bool keep_alive) {
  const auto& message = reading_->parser.get();
  discarded_ = 0;
  first_send_ = true;
  last_sent_ = Clock::now();
  const Exchange::Framing framing{.keep_alive = keep_alive && !close_after_ && !host_.draining,
                                  .chunked = message.version() == 11,
                                  .head_only = message.method() == http::verb::head};
  const auto wake = [weak = weak_from_this(), executor = socket_.get_executor()] {
    asio::post(executor, [weak] {
      const auto self = weak.lock();
      if (self && self->phase_ == Phase::kAnswering && !self->is_sending_) self->send_taken();
    });
  };
  exchange_ = std::make_shared<Exchange>(framing, host_.limits.outbox_bytes, wake);
  set_phase(Phase::kAnswering, tick());
}

void Connection::send_taken() {
  if (sent_ == sending_.size()) {
    sending_.clear();
    if (sending_.capacity() > 2 * kSliceBytes) std::string().swap(sending_);
    sent_ = 0;
    exchange_->take(sending_);
  }
  if (sending_.empty()) return exchange_->complete() ? finish_answer() : void();
  if (std::exchange(first_send_, false)) set_phase(Phase::kAnswering, tick());  // now it knows its silence
  is_sending_ = true;
  last_sent_ = Clock::now();
  const size_t slice = std::min(kSliceBytes, sending_.size() - sent_);
  asio::async_write(socket_, asio::buffer(sending_.data() + sent_, slice),
                    [self = shared_from_this(), slice](const Error& error, size_t) {
                      self->sent_ += slice;
                      self->on_sent(error);
                    });
}

void Connection::on_sent(const Error& error) {
  is_sending_ = false;
  if (phase_ != Phase::kAnswering) return;
  if (error) return close();
  last_sent_ = Clock::now();
  send_taken();
}

void Connection::finish_answer() {
  const bool keep_alive = exchange_->keeps_alive() && !close_after_ && !host_.draining;
  std::exchange(exchange_, nullptr)->close();
  std::string().swap(sending_);
  sent_ = 0;
  if (!keep_alive) return linger();
  set_phase(Phase::kIdle, host_.limits.idle_time);
  wait_readable();
}

/// A socket that is closed with unread bytes resets the connection, and the client may lose the answer.
void Connection::linger() {
  Error ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  if (!unread_input_) return close();
  set_phase(Phase::kLingering, host_.limits.linger_time);
  wait_readable();
}

}  // namespace tug
