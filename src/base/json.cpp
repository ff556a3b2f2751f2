#include "base/json.h"

#include <nlohmann/json.hpp>

#include "base/check.h"

namespace tug {
namespace {

using Library = nlohmann::ordered_json;
constexpr int kDepthMax = 200;

/// Builds a Json from the library's events.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Json root;
  std::string error;

  bool null() override { return add(Json()); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(int64_t value) override { return add(Json(value)); }
  bool number_unsigned(uint64_t value) override {
    return value <= INT64_MAX ? add(Json(static_cast<int64_t>(value)))
                              : add(Json(static_cast<double>(value)));
  }
  bool number_float(double value, const std::string&) override { return add(Json(value)); }
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
    return add(std::move(done));
  }
  std::vector<Json> stack_;
  std::vector<std::string> key_;
};

Library to_library(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kNull: return nullptr;
    case Json::Kind::kBool: return value.as_bool();
    case Json::Kind::kInteger: return value.as_integer();
    case Json::Kind::kNumber: return value.as_number();
    case Json::Kind::kString: return value.as_string();
    case Json::Kind::kArray: {
      Library out = Library::array();
      for (const Json& item : value.items()) out.push_back(to_library(item));
      return out;
    }
    case Json::Kind::kObject: {
      Library out = Library::object();
      for (const auto& [key, member] : value.members()) out[key] = to_library(member);
      return out;
    }
  }
  return nullptr;
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

std::string Json::dump(int indent) const {
  return to_library(*this).dump(indent, ' ', false, Library::error_handler_t::replace);
}

Result<Json> parse_json(std::string_view text) {
  Builder builder;
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
  return Error(ErrorCode::kCorrupt, builder.error);
}

}  // namespace tug
