// Usage and timings in the words of OpenAI and llama-server.
#pragma once

#include <span>

#include "base/json.h"
#include "server/dialects/dialect.h"

namespace tug {

/// `usage` of chat completions and completions, of all answers. Each prompt has `per_prompt` of them, and
/// counts once.
Json openai_usage(std::span<const Outcome> outcomes, size_t per_prompt);
/// llama-server's `timings`: all finite; the rate of the answer leaves its first token out.
/// `possible_per_second` is what the machine could do for one answer, where that is known, and `limit` what
/// holds it there.
Json timings_json(const Outcome& outcome);
/// `finish_reason`: "stop", "length" or "tool_calls". An answer that went in circles has vLLM's
/// `stop_reason`, too.
void set_finish(Json& choice, FinishReason reason);

}  // namespace tug
