// Errors in OpenAI's shape, which llama-server's clients understand too.
#pragma once

#include "base/json.h"
#include "server/dialects/dialect.h"

namespace tug {

/// {"message", "type", "param", "code"}; of an overflow also n_prompt_tokens and n_ctx.
Json openai_error(const Failure& failure);
/// {"error": ...}
ErrorReply openai_error_reply(const Failure& failure, const std::string& request_id);
/// The same in llama-server's words, for its clients, which leave the /v1 out: "code" is HTTP's number, and
/// an overflow has a type of its own.
ErrorReply llama_error_reply(const Failure& failure, const std::string& request_id);

}  // namespace tug
