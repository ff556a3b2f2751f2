#include "server/http/exchange.h"

#include <charconv>
#include <cstdio>
#include <ctime>

namespace tug {
namespace {

const char* reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 529: return "Overloaded";
    default: return "Unknown";
  }
}

bool has_body(const HttpReply& reply) { return reply.status != 204 && reply.status != 304; }

/// The time as HTTP writes it, whatever the locale.
std::string http_date() {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[parts.tm_wday], parts.tm_mday,
                kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text;
}

}  // namespace

Exchange::Exchange(Framing framing, size_t outbox_max, std::function<void()> wake)
    : framing_(framing), outbox_max_(outbox_max), wake_(std::move(wake)) {}

void Exchange::put_head(const HttpReply& reply, bool stream) {
  begun_ = true;
  if (stream && !framing_.chunked) framing_.keep_alive = false;
  outbox_ += "HTTP/1.1 " + std::to_string(reply.status) + " " + reason(reply.status) +
             "\r\nDate: " + http_date() + "\r\n";
  if (!reply.type.empty() && has_body(reply)) outbox_ += "Content-Type: " + reply.type + "\r\n";
  for (const auto& [name, value] : reply.headers) outbox_ += name + ": " + value + "\r\n";
  if (!stream && has_body(reply)) outbox_ += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
  if (stream && framing_.chunked) outbox_ += "Transfer-Encoding: chunked\r\n";
  outbox_ += framing_.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
}

void Exchange::put_piece(std::string_view bytes) {
  if (bytes.empty() || framing_.head_only) return;
  if (!framing_.chunked) {
    outbox_ += bytes;
    return;
  }
  char size[16];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  outbox_.append(size, end).append("\r\n").append(bytes).append("\r\n");
}

void Exchange::wake_connection() {
  if (woken_ || closed_) return;
  woken_ = true;
  wake_();
}

void Exchange::send(HttpReply reply) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  ended_ = true;
  if (begun_) {  // too late: the stream breaks off
    framing_.keep_alive = false;
  } else {
    put_head(reply, false);
    if (!framing_.head_only && has_body(reply)) outbox_ += reply.body;
  }
  wake_connection();
}

void Exchange::begin(HttpReply head) {
  const std::lock_guard lock(mutex_);
  put_head(head, true);
  put_piece(head.body);
  wake_connection();
}

bool Exchange::write(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return outbox_.size() < outbox_max_ || closed_; });
  if (closed_) return false;
  put_piece(bytes);
  wake_connection();
  return true;
}

void Exchange::write_now(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_ || ended_) return;
  put_piece(bytes);
  wake_connection();
}

void Exchange::end() {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  if (framing_.chunked && !framing_.head_only) outbox_ += "0\r\n\r\n";
  ended_ = true;
  wake_connection();
}

void Exchange::on_gone(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      gone_call_ = std::move(call);
      return;
    }
    if (ended_) return;
  }
  call();
}

void Exchange::on_silence(std::chrono::milliseconds time, std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  silence_ = time;
  silence_call_ = std::move(call);
}

void Exchange::take(std::string& sent) {
  const std::lock_guard lock(mutex_);
  sent.swap(outbox_);
  woken_ = !sent.empty();
  room_.notify_all();
}

bool Exchange::complete() const {
  const std::lock_guard lock(mutex_);
  return ended_ && outbox_.empty();
}

bool Exchange::keeps_alive() const {
  const std::lock_guard lock(mutex_);
  return framing_.keep_alive;
}

void Exchange::close() {
  std::function<void()> call, silence_call;  // may hold the last handle of what they call
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    if (!ended_) call = std::move(gone_call_);
    gone_call_ = nullptr;
    silence_call = std::move(silence_call_);
    silence_call_ = nullptr;
    std::string().swap(outbox_);
    room_.notify_all();
  }
  if (call) call();
}

std::chrono::milliseconds Exchange::silence() const {
  const std::lock_guard lock(mutex_);
  return silence_;
}

void Exchange::break_silence() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    if (!begun_ || ended_ || closed_ || !outbox_.empty()) return;
    call = silence_call_;
  }
  if (call) call();
}

}  // namespace tug
