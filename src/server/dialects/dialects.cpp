#include "server/dialects/dialects.h"

#include "server/dialects/anthropic_messages/parse.h"
#include "server/dialects/openai/error.h"
#include "server/dialects/openai_chat/parse.h"
#include "server/dialects/openai_completions/parse.h"
#include "server/dialects/openai_responses/parse.h"

namespace tug {

const Dialect kOpenAiChat{"openai-chat", parse_openai_chat, openai_error_reply};
const Dialect kOpenAiCompletions{"openai-completions", parse_openai_completions, openai_error_reply};
const Dialect kLlamaChat{"openai-chat", parse_openai_chat, llama_error_reply};
const Dialect kLlamaCompletions{"openai-completions", parse_openai_completions, llama_error_reply};
const Dialect kOpenAiResponses{"openai-responses", parse_openai_responses, openai_error_reply};
const Dialect kAnthropicMessages{"anthropic-messages", parse_anthropic_messages, anthropic_error_reply};

}  // namespace tug
