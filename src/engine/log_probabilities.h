// What the logits say about tokens, before any sampling setting.
#pragma once

#include <span>
#include <vector>

#include "tugboat/result.h"
#include "tugboat/types.h"

namespace tug {

/// The largest. Errors: kCorrupt when a logit after so many tokens is infinite or not a number.
Result<float> largest_logit(std::span<const float> logits, int64_t tokens);

/// log(sum(exp(logits))), given the largest: a token's log-probability is its logit less this.
double log_sum_exp(std::span<const float> logits, float largest);

/// The `count` most likely tokens, best first; of equals the lower id.
std::vector<TokenProbability> most_likely(std::span<const float> logits, double log_sum, int64_t count);

}  // namespace tug
