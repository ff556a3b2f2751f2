#include "server/dialects/openai/usage.h"

namespace tug {
namespace {

const char* openai_finish_reason(FinishReason reason) {
  switch (reason) {
    case FinishReason::kToolCalls: return "tool_calls";
    case FinishReason::kLength:
    case FinishReason::kRepetition:
    case FinishReason::kContextFull: return "length";
    case FinishReason::kStop:
    case FinishReason::kCancelled: break;
  }
  return "stop";
}

}  // namespace

Json openai_usage(std::span<const Outcome> outcomes, size_t per_prompt) {
  Usage sum;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const Usage& usage = outcomes[i].usage;
    if (i % per_prompt == 0) sum.prompt += usage.prompt, sum.cached += usage.cached;
    sum.answer += usage.answer;
    sum.reasoning += usage.reasoning;
  }
  return Json::object({{"prompt_tokens", sum.prompt},
                       {"completion_tokens", sum.answer},
                       {"total_tokens", sum.prompt + sum.answer},
                       {"prompt_tokens_details", Json::object({{"cached_tokens", sum.cached}})},
                       {"completion_tokens_details", Json::object({{"reasoning_tokens", sum.reasoning}})}});
}

Json timings_json(const Outcome& outcome) {
  const Timings& timings = outcome.answer.timings;
  const auto rate = [](int64_t tokens, double seconds) {
    return tokens > 0 && seconds > 0 ? static_cast<double>(tokens) / seconds : 0.0;
  };
  Json json = Json::object({{"cache_n", timings.reused_tokens},
                            {"prompt_n", timings.prompt_tokens},
                            {"prompt_ms", timings.prefill_seconds * 1000},
                            {"prompt_per_second", rate(timings.prompt_tokens, timings.prefill_seconds)},
                            {"predicted_n", timings.answer_tokens},
                            {"predicted_ms", timings.decode_seconds * 1000},
                            {"predicted_per_second", rate(timings.answer_tokens - 1, timings.decode_seconds)},
                            {"queue_ms", timings.queue_seconds * 1000}});
  if (outcome.limit.per_second > 0) {
    json.set("possible_per_second", outcome.limit.per_second);
    json.set("limit", outcome.limit.drive ? "drive" : "memory");
  }
  return json;
}

void set_finish(Json& choice, FinishReason reason) {
  choice.set("finish_reason", openai_finish_reason(reason));
  if (reason == FinishReason::kRepetition) choice.set("stop_reason", finish_reason_name(reason));
}

}  // namespace tug
