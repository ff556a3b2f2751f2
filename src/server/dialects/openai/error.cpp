#include "server/dialects/openai/error.h"

namespace tug {
namespace {

struct Words {
  const char *type, *code;  // code: null for none
};

Words words_of(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::kInvalid: return {"invalid_request_error", nullptr};
    case Failure::Kind::kContextFull: return {"invalid_request_error", "context_length_exceeded"};
    case Failure::Kind::kUnauthorized: return {"authentication_error", "invalid_api_key"};
    case Failure::Kind::kForbidden: return {"permission_error", nullptr};
    case Failure::Kind::kNotFound: return {"not_found_error", "not_found"};
    case Failure::Kind::kMethod: return {"invalid_request_error", "method_not_allowed"};
    case Failure::Kind::kTooLarge: return {"invalid_request_error", "request_too_large"};
    case Failure::Kind::kTimeout: return {"invalid_request_error", "request_timeout"};
    case Failure::Kind::kOverloaded: return {"unavailable_error", "queue_full"};
    case Failure::Kind::kStopping: return {"unavailable_error", "shutting_down"};
    case Failure::Kind::kInternal: break;
  }
  return {"server_error", nullptr};
}

}  // namespace

Json openai_error(const Failure& failure) {
  const Words words = words_of(failure.kind);
  Json error = Json::object({{"message", failure.message},
                             {"type", words.type},
                             {"param", failure.field.empty() ? Json() : Json(failure.field)},
                             {"code", words.code ? Json(words.code) : Json()}});
  if (failure.kind == Failure::Kind::kContextFull) {
    error.set("n_prompt_tokens", failure.prompt_tokens);
    error.set("n_ctx", failure.context);
  }
  return error;
}

ErrorReply openai_error_reply(const Failure& failure, const std::string&) {
  return {status_of(failure.kind), Json::object({{"error", openai_error(failure)}}).dump()};
}

ErrorReply llama_error_reply(const Failure& failure, const std::string&) {
  Json error = openai_error(failure);
  error.set("code", status_of(failure.kind));
  if (failure.kind == Failure::Kind::kContextFull) error.set("type", "exceed_context_size_error");
  return {status_of(failure.kind), Json::object({{"error", std::move(error)}}).dump()};
}

}  // namespace tug
