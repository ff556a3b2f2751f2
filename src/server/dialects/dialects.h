// All dialects.
#pragma once

#include "server/dialects/dialect.h"

namespace tug {

extern const Dialect kOpenAiChat, kOpenAiCompletions, kOpenAiResponses, kAnthropicMessages;

}  // namespace tug
