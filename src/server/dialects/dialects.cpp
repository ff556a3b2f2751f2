#include "server/dialects/dialects.h"

#include "server/dialects/openai/error.h"
#include "server/dialects/openai_chat/parse.h"

namespace tug {

const Dialect kOpenAiChat{"openai-chat", parse_openai_chat, openai_error_reply};

}  // namespace tug
