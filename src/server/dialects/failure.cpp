#include "server/dialects/failure.h"

namespace tug {

Failure failure_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kContextFull: return {Failure::Kind::kContextFull, error.message()};
    case ErrorCode::kOverloaded:
    case ErrorCode::kOutOfMemory: return {Failure::Kind::kOverloaded, error.message()};
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kCorrupt:
    case ErrorCode::kUnsupported:
    case ErrorCode::kNotFound: return {Failure::Kind::kInvalid, error.message()};
    case ErrorCode::kIo:
    case ErrorCode::kCancelled:
    case ErrorCode::kInternal: break;
  }
  return {Failure::Kind::kInternal, error.message()};
}

int status_of(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::kInvalid:
    case Failure::Kind::kContextFull: return 400;
    case Failure::Kind::kUnauthorized: return 401;
    case Failure::Kind::kForbidden: return 403;
    case Failure::Kind::kNotFound: return 404;
    case Failure::Kind::kMethod: return 405;
    case Failure::Kind::kTimeout: return 408;
    case Failure::Kind::kTooLarge: return 413;
    case Failure::Kind::kOverloaded:
    case Failure::Kind::kStopping: return 503;
    case Failure::Kind::kInternal: break;
  }
  return 500;
}

Failure::Kind failure_kind_of(int status) {
  switch (status) {
    case 401: return Failure::Kind::kUnauthorized;
    case 403: return Failure::Kind::kForbidden;
    case 404: return Failure::Kind::kNotFound;
    case 405: return Failure::Kind::kMethod;
    case 408: return Failure::Kind::kTimeout;
    case 413: return Failure::Kind::kTooLarge;
    case 503: return Failure::Kind::kOverloaded;
    default: return status < 500 ? Failure::Kind::kInvalid : Failure::Kind::kInternal;
  }
}

}  // namespace tug
