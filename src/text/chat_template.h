// Jinja chat templates with the settings of Hugging Face's transformers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "tugboat/result.h"

struct TugTemplate;

namespace tug {

/// A compiled template. Movable; const use from several threads at once is fine.
class ChatTemplate {
 public:
  /// Errors: kCorrupt with the line; kUnsupported beyond 128 KiB.
  static Result<ChatTemplate> compile(std::string_view source);

  /// The text for `context`: an object with the template's variables, usually messages, tools and
  /// add_generation_prompt. `now` (seconds since 1970) is what strftime_now tells, in local time.
  /// Errors: kInvalidArgument with the message of raise_exception alone, or with what went wrong; templates
  /// that run for ever or make more than about 128 MB of text are stopped within a second or two.
  Result<std::string> render(const Json& context) const;
  Result<std::string> render(const Json& context, int64_t now) const;

 private:
  struct Destroy {
    void operator()(TugTemplate* handle) const;
  };
  explicit ChatTemplate(TugTemplate* handle) : handle_(handle) {}

  std::unique_ptr<TugTemplate, Destroy> handle_;
};

}  // namespace tug
