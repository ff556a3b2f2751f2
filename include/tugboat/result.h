// Errors are values: a closed list of codes, a sentence for a person, and the context it happened in.
//
//   Result<File> open(const std::string& path);
//   File file = TUG_TRY(open(path));              // returns the error from the enclosing function
//   Status load() { ...; return {}; }             // Status is Result<void>
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace tug {

enum class ErrorCode {
  kInvalidArgument,  // the caller asked for something that makes no sense
  kNotFound,         // a file, tensor or key that should be there is not
  kCorrupt,          // bytes from outside break the rules of their format
  kUnsupported,      // well-formed, but Tugboat cannot do it
  kIo,               // the operating system refused to read or write
  kOutOfMemory,      // does not fit into the memory that is allowed
  kContextFull,      // the sequence has no room for more tokens
  kOverloaded,       // too many requests wait already; try again later
  kCancelled,        // given up before its end
  kInternal,         // a bug in Tugboat
};

/// The code's name, e.g. "corrupt".
const char* error_code_name(ErrorCode code);

class Error {
 public:
  /// `message` is a full sentence: what was expected, what was found, what to do. It may quote names from
  /// files: the whole text stays printable and about 1 KB long, whatever they are.
  Error(ErrorCode code, const std::string& message);

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

  /// Adds where it happened, from the inside outwards: "in tensor x", "in file y".
  Error in(const std::string& context) &&;

 private:
  ErrorCode code_;
  std::string message_;
};

/// A value or an Error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &value(); }
  T& operator*() { return value(); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

  /// The same result; an error gets one more line of context.
  Result in(const std::string& context) && {
    if (ok()) return std::move(*this);
    return std::move(*this).error().in(context);
  }

 private:
  std::variant<T, Error> state_;
};

/// Success or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  void value() const {}

  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

  Result in(const std::string& context) && {
    if (ok()) return {};
    return std::move(*error_).in(context);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace tug

/// The value of a Result; on an error, returns it from the enclosing function.
#define TUG_TRY(expression) TUG_TRY_NAMED(TUG_TRY_NAME(__COUNTER__), expression)
#define TUG_TRY_NAME(counter) TUG_TRY_JOIN(tug_result_, counter)
#define TUG_TRY_JOIN(name, counter) name##counter
#define TUG_TRY_NAMED(name, expression)             \
  __extension__({                                   \
    auto name = (expression);                       \
    if (!name.ok()) return std::move(name).error(); \
    std::move(name).value();                        \
  })
