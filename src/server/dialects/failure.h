// Why a request was not answered, for people and, through a dialect, for their programs.
#pragma once

#include <cstdint>
#include <string>

#include "tugboat/result.h"

namespace tug {

struct Failure {
  enum class Kind {
    kInvalid,      // what the client sent makes no sense
    kContextFull,  // the prompt leaves no room for an answer
    kUnauthorized,
    kForbidden,
    kNotFound,
    kMethod,  // of HTTP
    kTooLarge,
    kTimeout,
    kOverloaded,
    kStopping,  // the server shuts down
    kInternal,
  };

  Kind kind = Kind::kInternal;
  std::string message;
  std::string field = {};                  // of the request
  int64_t prompt_tokens = 0, context = 0;  // of kContextFull
};

/// An error of the engine.
Failure failure_of(const Error& error);

/// HTTP's number, as OpenAI's servers and llama-server use it.
int status_of(Failure::Kind kind);

/// What HTTP's status says, for requests that never reach a dialect.
Failure::Kind failure_kind_of(int status);

}  // namespace tug
