#include "server/prompts.h"

#include <random>

namespace tug {
namespace {

Sampling sampling_of(const SamplingOverrides& given, Sampling sampling) {
  sampling.temperature = given.temperature.value_or(sampling.temperature);
  sampling.top_p = given.top_p.value_or(sampling.top_p);
  sampling.min_p = given.min_p.value_or(sampling.min_p);
  sampling.top_k = given.top_k.value_or(sampling.top_k);
  sampling.repetition_penalty = given.repetition_penalty.value_or(sampling.repetition_penalty);
  sampling.presence_penalty = given.presence_penalty.value_or(sampling.presence_penalty);
  sampling.frequency_penalty = given.frequency_penalty.value_or(sampling.frequency_penalty);
  if (!given.logit_bias.empty()) sampling.logit_bias = given.logit_bias;
  sampling.seed = static_cast<uint64_t>(given.seed ? *given.seed : int64_t{std::random_device()()});
  return sampling;
}

}  // namespace

Result<std::vector<Prompt>> make_prompts(const ModelText& text, const ChatCall& call) {
  std::vector<Prompt> prompts;
  for (const RawPrompt& raw : call.prompts) {
    std::vector<int32_t> tokens = raw.tokens.empty() ? TUG_TRY(text.encode(raw.text, true)) : raw.tokens;
    prompts.push_back({.tokens = std::move(tokens), .raw = true});
  }
  if (call.prompts.empty()) {
    prompts.push_back(TUG_TRY(text.chat_prompt(
        call.messages,
        {.tools = call.tools, .thinking = call.thinking, .variables = call.template_variables})));
  }
  return prompts;
}

std::vector<Request> make_requests(const ModelText& text, const ChatCall& call, std::vector<Prompt> prompts,
                                   int64_t context, const std::string& scope) {
  GenerateOptions options;
  options.sampling = sampling_of(call.sampling, text.default_sampling());
  options.tokens_max = call.tokens_max;
  options.stop = call.stop;
  options.ignore_stop_tokens = call.ignore_stop_tokens;
  options.log_probabilities = call.log_probabilities;
  options.reasoning_max = call.reasoning_max;
  std::vector<Request> requests;
  for (const Prompt& prompt : prompts) {
    for (int64_t i = 0; i < call.answers; ++i) {
      requests.push_back({.prompt = prompt, .options = options, .context = context, .scope = scope});
      requests.back().options.sampling.seed += static_cast<uint64_t>(i);
    }
  }
  return requests;
}

std::optional<Failure> check_context(const std::vector<Prompt>& prompts, int64_t context) {
  for (const Prompt& prompt : prompts) {
    const auto tokens = static_cast<int64_t>(prompt.tokens.size());
    if (tokens < context) continue;
    return Failure{.kind = Failure::Kind::kContextFull,
                   .message = "This model's maximum context length is " + std::to_string(context) +
                              " tokens, prompt and answer; the prompt alone has " + std::to_string(tokens) +
                              ". Shorten it, or give the server a longer context.",
                   .field = prompt.raw ? "prompt" : "messages",
                   .prompt_tokens = tokens,
                   .context = context};
  }
  return std::nullopt;
}

}  // namespace tug
