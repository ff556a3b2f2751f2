// JSON: a small document for configs and API objects. The library behind it (nlohmann) is included in
// json.cpp only. The very large headers of checkpoints are read by json_events.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tugboat/result.h"

namespace tug {

/// A JSON value. Objects keep the order of their keys.
class Json {
 public:
  enum class Kind { kNull, kBool, kInteger, kNumber, kString, kArray, kObject, kVerbatim };
  using Member = std::pair<std::string, Json>;

  Json() = default;
  Json(bool value) : kind_(Kind::kBool), integer_(value) {}
  Json(int value) : Json(static_cast<int64_t>(value)) {}
  Json(int64_t value) : kind_(Kind::kInteger), integer_(value) {}
  Json(double value) : kind_(Kind::kNumber), number_(value) {}
  Json(std::string value) : kind_(Kind::kString), string_(std::move(value)) {}
  Json(std::string_view value) : Json(std::string(value)) {}
  Json(const char* value) : Json(std::string(value)) {}
  static Json array(std::vector<Json> items = {});
  static Json object(std::vector<Member> members = {});
  /// A number of these digits, perhaps after a minus, beyond what an int64_t holds. dump() writes them all.
  static Json large_integer(std::string digits);
  /// JSON text that dump() writes as it is, so that its numbers keep all their digits.
  static Json verbatim(std::string json);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_integer() const { return kind_ == Kind::kInteger; }
  bool is_number() const { return kind_ == Kind::kInteger || kind_ == Kind::kNumber; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  // Each asks for the matching kind first; a mismatch is a bug of the caller.
  bool as_bool() const;
  int64_t as_integer() const;
  double as_number() const;  // integers too
  const std::string& as_string() const;
  /// The whole number that this is; 2048.0 is one too.
  std::optional<int64_t> whole() const;
  const std::vector<Json>& items() const;
  std::vector<Json>& items();
  const std::vector<Member>& members() const;
  std::vector<Member>& members();

  /// The member of that name, or null (also when this is not an object).
  const Json* find(std::string_view key) const;
  Json* find(std::string_view key);
  /// Sets or adds a member; makes an object of a null.
  Json& set(std::string key, Json value);
  /// Appends to an array; makes an array of a null.
  void push(Json value);

  /// Compact text; `indent` > 0 spreads it over lines. Invalid UTF-8 becomes U+FFFD.
  std::string dump(int indent = -1) const;
  /// The value for a message: at most 60 bytes on one line.
  std::string excerpt() const;

 private:
  void write(std::string& out, int indent, int depth) const;

  Kind kind_ = Kind::kNull;
  int64_t integer_ = 0;
  double number_ = 0;
  std::string string_;  // kVerbatim: the text; kNumber: a large integer's digits
  std::vector<Json> items_;
  std::vector<Member> members_;
};

/// Parses one document; of equal keys the last one counts. Errors: kCorrupt with the byte where it went
/// wrong; nesting over 200 levels, more than `values_max` values.
Result<Json> parse_json(std::string_view text, size_t values_max = SIZE_MAX);

/// Appends a string in quotes; invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace tug
