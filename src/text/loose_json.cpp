#include "text/loose_json.h"

#include <algorithm>
#include <cstdio>
#include <unordered_map>

#include "base/json.h"

namespace tug {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
constexpr int kDepthMax = 200;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

size_t skip_digits(std::string_view text, size_t at) {
  return std::min(text.find_first_not_of(kDigits, at), text.size());
}

/// Copies a value from the front of `in` and repairs it on the way. Every step says whether it could go on;
/// where it could not, `cut()` tells whether more text might have helped.
class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}

  bool cut() const { return cut_; }
  size_t position() const { return at_; }
  std::string take_text() { return std::move(out_); }
  std::vector<std::pair<std::string, std::string>> take_members() { return std::move(members_); }

  bool value(int depth) {
    if (at_ == in_.size()) return more();
    const char c = in_[at_];
    if (c == '{') return depth < kDepthMax && object(depth);
    if (c == '[' || c == '(') return depth < kDepthMax && array(depth);
    if (c == '"' || c == '\'') return string();
    if (c == '-' || (c >= '0' && c <= '9')) return number(depth);
    return word();
  }

 private:
  struct Span {
    std::string key;
    size_t key_begin, value_begin, end;  // in out_
  };

  bool more() {
    cut_ = true;
    return false;
  }

  void copy(size_t count) {
    out_.append(in_, at_, count);
    at_ += count;
  }
  void copy_space() { copy(std::min(in_.find_first_not_of(kSpace, at_), in_.size()) - at_); }
  void replace(size_t count, std::string_view with) {
    out_ += with;
    at_ += count;
  }

  /// After an item: goes past a comma, unless only the closing bracket follows it.
  bool comma(char close) {
    copy_space();
    if (at_ == in_.size()) return more();
    if (in_[at_] == close) return true;
    if (in_[at_] != ',') return false;
    const size_t at = out_.size();
    copy(1);
    copy_space();
    if (at_ == in_.size()) return more();
    if (in_[at_] == close) out_.erase(at, 1);
    return true;
  }

  bool array(int depth) {
    const char close = in_[at_] == '(' ? ')' : ']';
    replace(1, "[");
    copy_space();
    while (at_ < in_.size() && in_[at_] != close) {
      if (!value(depth + 1) || !comma(close)) return false;
    }
    if (at_ == in_.size()) return more();
    replace(1, "]");
    return true;
  }

  bool object(int depth) {
    const size_t begin = out_.size();
    std::vector<Span> spans;
    copy(1);
    copy_space();
    while (at_ < in_.size() && in_[at_] != '}') {
      spans.emplace_back();
      if (!member(depth, spans.back()) || !comma('}')) return false;
    }
    if (at_ == in_.size()) return more();
    copy(1);
    drop_doubles(begin, spans);
    return true;
  }

  bool member(int depth, Span& span) {
    span.key_begin = out_.size();
    if (in_[at_] != '"' && in_[at_] != '\'') return false;
    if (!string()) return false;
    std::optional<std::string> key = decode_json_string(std::string_view(out_).substr(span.key_begin));
    if (!key) return false;
    span.key = *std::move(key);
    copy_space();
    if (at_ == in_.size()) return more();
    if (in_[at_] != ':') return false;
    copy(1);
    copy_space();
    span.value_begin = out_.size();
    if (!value(depth + 1)) return false;
    span.end = out_.size();
    return true;
  }

  /// Leaves the object that begins at `begin` as it is, unless a key comes twice. The members of the last
  /// object to end, the outermost, stay.
  void drop_doubles(size_t begin, const std::vector<Span>& spans) {
    std::unordered_map<std::string_view, size_t> last;
    for (size_t i = 0; i < spans.size(); ++i) last[spans[i].key] = i;
    std::string kept;
    members_.clear();
    for (size_t i = 0; i < spans.size(); ++i) {
      const Span& span = spans[i];
      if (last[span.key] != i) continue;
      if (!kept.empty()) kept += ", ";
      kept.append(out_, span.key_begin, span.end - span.key_begin);
      if (begin == 0)
        members_.emplace_back(span.key, out_.substr(span.value_begin, span.end - span.value_begin));
    }
    if (last.size() < spans.size()) out_.replace(begin, std::string::npos, "{" + kept + "}");
  }

  bool string() {
    const char quote = in_[at_];
    replace(1, "\"");
    while (at_ < in_.size()) {
      const char c = in_[at_];
      if (c == quote) {
        replace(1, "\"");
        return true;
      }
      if (c == '\\') {
        if (!escape()) return false;
      } else if (c == '"') {
        replace(1, "\\\"");
      } else if (static_cast<unsigned char>(c) < 0x20) {
        control_character(c);
      } else {
        copy(1);
      }
    }
    return more();
  }

  void control_character(char c) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
    replace(1, c == '\n' ? "\\n" : c == '\t' ? "\\t" : c == '\r' ? "\\r" : escaped);
  }

  bool escape() {
    if (at_ + 1 == in_.size()) return more();
    const char c = in_[at_ + 1];
    if (c == 'u') unicode_escape();
    else if (c == '\'') replace(2, "'");
    else if (std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) copy(2);
    else replace(1, "\\\\");
    return true;
  }

  /// The UTF-16 unit of a \u escape at `at`; nothing when there is none.
  std::optional<unsigned> utf16_unit(size_t at) const {
    const std::string_view escape = in_.substr(std::min(at, in_.size()), 6);
    if (escape.size() < 6 || !escape.starts_with("\\u")) return std::nullopt;
    if (escape.find_first_not_of(kHexDigits, 2) != std::string_view::npos) return std::nullopt;
    return static_cast<unsigned>(std::stoul(std::string(escape.substr(2)), nullptr, 16));
  }

  void unicode_escape() {
    const std::optional<unsigned> unit = utf16_unit(at_);
    const auto is_low = [](unsigned u) { return u >= 0xDC00 && u < 0xE000; };
    if (!unit) {
      replace(1, "\\\\");
    } else if (*unit >= 0xD800 && *unit < 0xDC00 && is_low(utf16_unit(at_ + 6).value_or(0))) {
      copy(12);
    } else if (*unit >= 0xD800 && *unit < 0xE000) {
      replace(6, "\\ufffd");
    } else {
      copy(6);
    }
  }

  bool number(int depth) {
    const size_t end = std::min(in_.find_first_not_of("0123456789+-.eE", at_), in_.size());
    if (end == in_.size() && depth > 0) return more();
    if (!is_json_number(in_.substr(at_, end - at_))) return false;
    copy(end - at_);
    return true;
  }

  bool word() {
    const auto end = std::find_if_not(in_.begin() + static_cast<ptrdiff_t>(at_), in_.end(), is_letter);
    const std::string_view word(in_.begin() + static_cast<ptrdiff_t>(at_), end);
    for (const auto& [python, json] : {std::pair<std::string_view, std::string_view>{"True", "true"},
                                       {"False", "false"},
                                       {"None", "null"},
                                       {"true", "true"},
                                       {"false", "false"},
                                       {"null", "null"}}) {
      if (word == python) {
        replace(word.size(), json);
        return true;
      }
      if (end == in_.end() && python.starts_with(word)) return more();
    }
    return false;
  }

  std::string_view in_;
  size_t at_ = 0;
  std::string out_;
  bool cut_ = false;
  std::vector<std::pair<std::string, std::string>> members_;
};

}  // namespace

const std::string* LooseJson::find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(), [&](auto& m) { return m.first == key; });
  return found == members.end() ? nullptr : &found->second;
}

LooseJson read_loose_json(std::string_view text) {
  Reader reader(text);
  LooseJson read;
  if (!reader.value(0)) {
    read.state = reader.cut() ? LooseJson::State::kCut : LooseJson::State::kBroken;
    return read;
  }
  read.state = LooseJson::State::kComplete;
  read.size = reader.position();
  read.text = reader.take_text();
  read.members = reader.take_members();
  return read;
}

std::optional<std::string> read_loose_object(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  if (!text.starts_with('{')) return std::nullopt;
  LooseJson read = read_loose_json(text);
  const bool whole = text.find_first_not_of(kSpace, read.size) == std::string_view::npos;
  if (read.state != LooseJson::State::kComplete || !whole) return std::nullopt;
  return std::move(read.text);
}

bool is_json_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || skip_digits(text, 0) != text.size()) return false;
  return text.size() == 1 || text[0] != '0';
}

bool is_json_number(std::string_view text) {
  const size_t whole = std::min(text.find_first_of(".eE"), text.size());
  if (!is_json_integer(text.substr(0, whole))) return false;
  size_t at = whole;
  if (at < text.size() && text[at] == '.') {
    const size_t end = skip_digits(text, at + 1);
    if (end == at + 1) return false;
    at = end;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const size_t end = skip_digits(text, at);
    if (end == at) return false;
    at = end;
  }
  return at == text.size();
}

std::optional<std::string> decode_json_string(std::string_view text) {
  if (text.size() < 2 || text.front() != '"') return std::nullopt;
  if (text.find('\\') == std::string_view::npos) return std::string(text.substr(1, text.size() - 2));
  Result<Json> json = parse_json(text);
  return json.ok() && json->is_string() ? std::optional(json->as_string()) : std::nullopt;
}

}  // namespace tug
