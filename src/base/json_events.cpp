#include "base/json_events.h"

#include <optional>

#include "base/utf8.h"

namespace tug {
namespace {

constexpr int kDepthMax = 64;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& to, uint32_t code) {
  const auto put = [&](uint32_t byte) { to += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) put(0xe0 | code >> 12);
    else put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

/// A scanner by recursive descent; `at_` is the next byte.
class Scanner {
 public:
  Scanner(std::string_view json, JsonEvents& events) : json_(json), events_(events) {}

  Status run() {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (json_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
    TUG_TRY(scan_value());
    skip_space();
    return at_ == json_.size() ? Status() : wrong();
  }

 private:
  Error wrong() const {
    return Error(ErrorCode::kCorrupt,
                 "This is not valid JSON: it breaks off or goes wrong at byte " + std::to_string(at_) + ".");
  }

  char peek() const { return at_ < json_.size() ? json_[at_] : '\0'; }
  bool accept(char c) { return peek() == c && at_ < json_.size() ? (++at_, true) : false; }
  void skip_space() {
    while (is_space(peek())) ++at_;
  }

  Status scan_value() {
    skip_space();
    const char c = peek();
    if (c == '{' || c == '[') return scan_container(c == '{');
    if (c == '"') return events_.on_string(TUG_TRY(scan_text()));
    if (c == '-' || is_digit(c)) return scan_number();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!json_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return events_.on_other();
    }
    return wrong();
  }

  Status scan_container(bool object) {
    if (++depth_ > kDepthMax) return Error(ErrorCode::kCorrupt, "The JSON text is nested too deeply.");
    ++at_;
    TUG_TRY(events_.on_begin(object));
    const char close = object ? '}' : ']';
    skip_space();
    for (bool first = true; !accept(close); first = false) {
      if (!first && !accept(',')) return wrong();
      if (object) TUG_TRY(scan_key());
      TUG_TRY(scan_value());
      skip_space();
    }
    --depth_;
    return events_.on_end(object);
  }

  Status scan_key() {
    skip_space();
    if (peek() != '"') return wrong();
    TUG_TRY(events_.on_key(TUG_TRY(scan_text())));
    skip_space();
    return accept(':') ? Status() : wrong();
  }

  /// A view into the JSON text, or into `unescaped_` where that differs.
  Result<std::string_view> scan_text() {
    const size_t start = ++at_;
    bool escaped = false;
    while (peek() != '"') {
      const size_t length = at_ < json_.size() ? utf8_length(json_.substr(at_)) : 0;
      if (length == 0 || static_cast<unsigned char>(peek()) < 0x20) return wrong();
      if (peek() == '\\') escaped = true, ++at_;  // what follows is looked at when it is unescaped
      at_ += length;
    }
    const std::string_view text = json_.substr(start, at_++ - start);
    return escaped ? unescape(text) : Result<std::string_view>(text);
  }

  Result<std::string_view> unescape(std::string_view text) {
    unescaped_.clear();
    unescaped_.reserve(text.size());
    while (!text.empty()) {
      const size_t plain = std::min(text.find('\\'), text.size());
      unescaped_ += text.substr(0, plain);
      text.remove_prefix(plain);
      if (!text.empty() && !unescape_one(text)) return wrong();
    }
    return std::string_view(unescaped_);
  }

  /// Takes one escape from the front of `text`.
  bool unescape_one(std::string_view& text) {
    constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    if (text.size() < 2) return false;
    if (text[1] == 'u') return unescape_code(text);
    const size_t which = kNames.find(text[1]);
    if (which == std::string_view::npos) return false;
    unescaped_ += kValues[which];
    text.remove_prefix(2);
    return true;
  }

  /// Takes "\uXXXX", or two of them for a character beyond 16 bits.
  bool unescape_code(std::string_view& text) {
    std::optional<uint32_t> code = take_code(text);
    if (code && *code >= 0xd800 && *code < 0xdc00) {
      const std::optional<uint32_t> low = take_code(text);
      if (!low || *low < 0xdc00 || *low >= 0xe000) return false;
      code = 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
    } else if (!code || (*code >= 0xdc00 && *code < 0xe000)) {
      return false;
    }
    append_utf8(unescaped_, *code);
    return true;
  }

  static std::optional<uint32_t> take_code(std::string_view& text) {
    constexpr size_t kSize = 6;
    if (text.size() < kSize || !text.starts_with("\\u")) return std::nullopt;
    uint32_t code = 0;
    for (const char c : text.substr(2, 4)) {
      const int lower = c | 0x20;
      if (is_digit(c)) code = code * 16 + static_cast<uint32_t>(c - '0');
      else if (lower >= 'a' && lower <= 'f') code = code * 16 + static_cast<uint32_t>(lower - 'a' + 10);
      else return std::nullopt;
    }
    text.remove_prefix(kSize);
    return code;
  }

  Status scan_number() {
    const size_t start = at_;
    const bool negative = accept('-');
    int64_t value = 0;
    bool fits = true;
    if (!is_digit(peek()) || (peek() == '0' && at_ + 1 < json_.size() && is_digit(json_[at_ + 1])))
      return wrong();
    for (; is_digit(peek()); ++at_) {
      const int digit = peek() - '0';
      fits = fits && !__builtin_mul_overflow(value, 10, &value) &&
             !__builtin_sub_overflow(value, digit, &value);  // downwards, where the range is wider
    }
    if (peek() == '.' || peek() == 'e' || peek() == 'E') return scan_fraction();
    if (!fits || (!negative && value == INT64_MIN)) {
      return Error(ErrorCode::kCorrupt,
                   "The number at byte " + std::to_string(start) + " does not fit into 64 bits.");
    }
    return events_.on_integer(negative ? value : -value);
  }

  Status scan_fraction() {
    if (accept('.') && !skip_digits()) return wrong();
    if (accept('e') || accept('E')) {
      if (!accept('+')) accept('-');
      if (!skip_digits()) return wrong();
    }
    return events_.on_other();
  }

  bool skip_digits() {
    const size_t start = at_;
    while (is_digit(peek())) ++at_;
    return at_ > start;
  }

  std::string_view json_;
  JsonEvents& events_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string unescaped_;
};

}  // namespace

Status scan_json(ByteView json, JsonEvents& events) {
  return Scanner({reinterpret_cast<const char*>(json.data()), json.size()}, events).run();
}

}  // namespace tug
