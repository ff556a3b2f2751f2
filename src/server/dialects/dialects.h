// All dialects.
#pragma once

#include "server/dialects/dialect.h"

namespace tug {

extern const Dialect kOpenAiChat, kOpenAiCompletions, kOpenAiResponses, kAnthropicMessages;
/// With errors as llama-server has them.
extern const Dialect kLlamaChat, kLlamaCompletions;

}  // namespace tug
