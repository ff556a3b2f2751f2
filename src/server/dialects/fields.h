// Reads a request's JSON field by field. The first thing that is wrong is remembered with its field's name,
// and what follows is read as if it were absent: a parser is a list of fields and looks for a problem once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "base/json.h"

namespace tug {

struct Problem {
  std::string field;
  std::string message;  // empty: none
  explicit operator bool() const { return !message.empty(); }
};

/// The members of one object. null is absent, as for OpenAI's clients; unknown members are nobody's business.
class Fields {
 public:
  /// The whole request; what is no object is the first problem.
  Fields(const Json& object, Problem& problem);

  const Json* find(const char* name) const;  // null: absent
  bool has(const char* name) const { return find(name) != nullptr; }

  std::optional<double> number(const char* name, double min, double max) const;
  std::optional<int64_t> whole(const char* name, int64_t min, int64_t max) const;
  std::optional<bool> flag(const char* name) const;
  std::optional<std::string> text(const char* name) const;
  /// "" where a text must be and is not: a problem.
  std::string needed_text(const char* name) const;
  /// A member that is an object, without members where it is absent.
  Fields object(const char* name) const;
  /// Every element of an array, which is an object; more than `max` are a problem. False: there is no array.
  bool each(const char* name, size_t max, FunctionRef<void(const Fields&)> read) const;
  /// A text, or an array of them.
  std::vector<std::string> texts(const char* name, size_t max) const;
  /// The JSON text of an object or array; empty: absent.
  std::string json(const char* name, Json::Kind kind) const;

  void fail(const char* name, const std::string& message) const;
  bool failed() const { return static_cast<bool>(*problem_); }

 private:
  Fields(const Json* json, const Fields* parent, const char* name, size_t index)
      : json_(json), parent_(parent), name_(name), index_(index), problem_(parent->problem_) {}
  std::string path() const;
  void wrong(const char* name, const char* expected) const;

  const Json* json_;  // null: absent
  const Fields* parent_ = nullptr;
  const char* name_ = nullptr;  // in the parent
  size_t index_ = SIZE_MAX;     // and there in an array
  Problem* problem_;
};

}  // namespace tug
