// Log-probabilities in the shape of chat completions.
#pragma once

#include <span>

#include "base/json.h"
#include "server/dialects/dialect.h"

namespace tug {

/// JSON has no minus infinity.
double json_log_probability(double log_probability);

/// {"content": [{"token", "logprob", "bytes", "top_logprobs"}]}
Json chat_log_probabilities(std::span<const SampledToken> tokens, const ReplyContext& context);

}  // namespace tug
