#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/check.h"
#include "base/printable.h"
#include "base/utf8.h"

namespace tug {
namespace {

using Library = nlohmann::ordered_json;
constexpr int kDepthMax = 200;

/// Of equal keys the last one counts.
void drop_doubles(std::vector<Json::Member>& members) {
  std::unordered_map<std::string_view, size_t> last;
  for (size_t i = 0; i < members.size(); ++i) last[members[i].first] = i;
  if (last.size() == members.size()) return;
  std::vector<Json::Member> kept;
  for (size_t i = 0; i < members.size(); ++i) {
    if (last[members[i].first] == i) kept.push_back(members[i]);
  }
  members = std::move(kept);
}

/// Builds a Json from the library's events.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(size_t values_max) : values_left_(values_max) {}

  Json root;
  std::string error;

  bool null() override { return add(Json()); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(int64_t value) override { return add(Json(value)); }
  bool number_unsigned(uint64_t value) override {
    return value <= INT64_MAX ? add(Json(static_cast<int64_t>(value)))
                              : add(Json::large_integer(std::to_string(value)));
  }
  bool number_float(double value, const std::string& text) override {
    const bool whole = text.find_first_of(".eE") == std::string::npos;
    return add(whole ? Json::large_integer(text) : Json(value));
  }
  bool string(std::string& value) override { return add(Json(std::move(value))); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool key(std::string& value) override {
    key_.back() = std::move(value);
    return true;
  }
  bool start_object(size_t) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    error = "This is not valid JSON: it breaks off or goes wrong at byte " + std::to_string(position) + ".";
    return false;
  }

 private:
  bool add(Json value) {
    if (values_left_ == 0) return error = "JSON holds too many values.", false;
    --values_left_;
    if (stack_.empty()) root = std::move(value);
    else if (stack_.back().is_array()) stack_.back().push(std::move(value));
    else stack_.back().members().emplace_back(std::move(key_.back()), std::move(value));
    return true;
  }
  bool open(Json container) {
    if (stack_.size() >= kDepthMax) return error = "JSON is nested too deeply.", false;
    stack_.push_back(std::move(container));
    key_.emplace_back();
    return true;
  }
  bool close() {
    Json done = std::move(stack_.back());
    stack_.pop_back();
    key_.pop_back();
    if (done.is_object()) drop_doubles(done.members());
    return add(std::move(done));
  }
  std::vector<Json> stack_;
  std::vector<std::string> key_;
  size_t values_left_;
};

/// The library's spelling of one number or text.
std::string spell(const Library& value) {
  return value.dump(-1, ' ', false, Library::error_handler_t::replace);
}

}  // namespace

Json Json::array(std::vector<Json> items) {
  Json value;
  value.kind_ = Kind::kArray;
  value.items_ = std::move(items);
  return value;
}

Json Json::object(std::vector<Member> members) {
  Json value;
  value.kind_ = Kind::kObject;
  value.members_ = std::move(members);
  return value;
}

Json Json::large_integer(std::string digits) {
  Json value(std::strtod(digits.c_str(), nullptr));
  value.string_ = std::move(digits);
  return value;
}

Json Json::verbatim(std::string json) {
  Json value;
  value.kind_ = Kind::kVerbatim;
  value.string_ = std::move(json);
  return value;
}

bool Json::as_bool() const {
  TUG_CHECK(is_bool());
  return integer_ != 0;
}
int64_t Json::as_integer() const {
  TUG_CHECK(is_integer());
  return integer_;
}
double Json::as_number() const {
  TUG_CHECK(is_number());
  return is_integer() ? static_cast<double>(integer_) : number_;
}
std::optional<int64_t> Json::whole() const {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (is_integer()) return integer_;
  if (!is_number() || !(std::abs(number_) <= kExact) || number_ != std::floor(number_)) return std::nullopt;
  return static_cast<int64_t>(number_);
}
const std::string& Json::as_string() const {
  TUG_CHECK(is_string());
  return string_;
}
const std::vector<Json>& Json::items() const {
  TUG_CHECK(is_array());
  return items_;
}
std::vector<Json>& Json::items() {
  TUG_CHECK(is_array());
  return items_;
}
const std::vector<Json::Member>& Json::members() const {
  TUG_CHECK(is_object());
  return members_;
}
std::vector<Json::Member>& Json::members() {
  TUG_CHECK(is_object());
  return members_;
}

const Json* Json::find(std::string_view key) const {
  for (const auto& [name, value] : members_) {
    if (name == key) return &value;
  }
  return nullptr;
}
Json* Json::find(std::string_view key) { return const_cast<Json*>(std::as_const(*this).find(key)); }

Json& Json::set(std::string key, Json value) {
  if (is_null()) kind_ = Kind::kObject;
  TUG_CHECK(is_object());
  if (Json* old = find(key)) return *old = std::move(value);
  members_.emplace_back(std::move(key), std::move(value));
  return members_.back().second;
}

void Json::push(Json value) {
  if (is_null()) kind_ = Kind::kArray;
  TUG_CHECK(is_array());
  items_.push_back(std::move(value));
}

void Json::write(std::string& out, int indent, int depth) const {
  const auto new_line = [&](int level) {
    if (indent > 0) out.append("\n").append(static_cast<size_t>(indent * level), ' ');
  };
  const auto list = [&](char open, char close, const auto& elements, auto&& write_element) {
    out += open;
    for (const auto& element : elements) {
      if (&element != &elements.front()) out += ',';
      new_line(depth + 1);
      write_element(element);
    }
    if (!elements.empty()) new_line(depth);
    out += close;
  };
  switch (kind_) {
    case Kind::kNull: out += "null"; break;
    case Kind::kBool: out += integer_ != 0 ? "true" : "false"; break;
    case Kind::kInteger: out += std::to_string(integer_); break;
    case Kind::kNumber: out += string_.empty() ? spell(number_) : string_; break;
    case Kind::kString: out += spell(string_); break;
    case Kind::kVerbatim: out += string_; break;
    case Kind::kArray:
      list('[', ']', items_, [&](const Json& item) { item.write(out, indent, depth + 1); });
      break;
    case Kind::kObject:
      list('{', '}', members_, [&](const Member& member) {
        out += spell(member.first) + (indent > 0 ? ": " : ":");
        member.second.write(out, indent, depth + 1);
      });
  }
}

std::string Json::dump(int indent) const {
  std::string out;
  write(out, indent, 0);
  return out;
}

std::string Json::excerpt() const {
  if (is_number() && !std::isfinite(as_number())) return std::to_string(as_number());
  return printable(dump(), 60);
}

Result<Json> parse_json(std::string_view text, size_t values_max) {
  Builder builder(values_max);
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
  return Error(ErrorCode::kCorrupt, builder.error);
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\') {
      out += text[i++];
    } else if (byte >= 0x80) {
      const size_t length = utf8_length(text.substr(i));
      if (length == 0) out += "\xef\xbf\xbd";
      else out.append(text, i, length);
      i += std::max<size_t>(length, 1);
    } else {
      static constexpr std::string_view kShort = "\"\"\\\\\bb\ff\nn\rr\tt";  // what is escaped, its letter
      size_t at = 0;
      while (at < kShort.size() && kShort[at] != text[i]) at += 2;
      if (at < kShort.size()) (out += '\\') += kShort[at + 1];
      else ((out += "\\u00") += kHex[byte >> 4]) += kHex[byte & 15];
      ++i;
    }
  }
  out += '"';
}

}  // namespace tug
