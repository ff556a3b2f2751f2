#include "tugboat/result.h"

#include "base/printable.h"

namespace tug {
namespace {

constexpr size_t kMessageBytes = 1024;
constexpr size_t kSentenceBytes = 768;
constexpr size_t kContextBytes = 256;

}  // namespace

Error::Error(ErrorCode code, const std::string& message)
    : code_(code), message_(printable_lines(message, kSentenceBytes)) {}

Error Error::in(const std::string& context) && {
  message_ = shortened(message_ + "\n  in " + printable(context, kContextBytes), kMessageBytes);
  return std::move(*this);
}

const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid argument";
    case ErrorCode::kNotFound: return "not found";
    case ErrorCode::kCorrupt: return "corrupt";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kIo: return "input/output";
    case ErrorCode::kOutOfMemory: return "out of memory";
    case ErrorCode::kContextFull: return "context full";
    case ErrorCode::kOverloaded: return "overloaded";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kInternal: return "internal";
  }
  return "unknown";
}

}  // namespace tug
