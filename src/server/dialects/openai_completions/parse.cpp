#include "server/dialects/openai_completions/parse.h"

#include <algorithm>

#include "server/dialects/openai/settings.h"

namespace tug {
namespace {

constexpr size_t kCompletionsMax = 128;  // prompts times answers
constexpr int64_t kTokensMax = 16;       // OpenAI's, where a request names none

bool read_tokens(const Json& value, RawPrompt& prompt) {
  for (const Json& item : value.items()) {
    const auto id = item.whole();
    if (!id || *id < 0 || *id > INT32_MAX) return false;
    prompt.tokens.push_back(static_cast<int32_t>(*id));
  }
  return !prompt.tokens.empty();
}

/// A text, its tokens, or an array of one of these.
bool read_prompts(const Json& value, std::vector<RawPrompt>& prompts) {
  if (value.is_string()) return prompts.push_back({.text = value.as_string()}), true;
  if (!value.is_array() || value.items().empty()) return false;
  if (value.items().front().is_number()) return read_tokens(value, prompts.emplace_back());
  if (value.items().size() > kCompletionsMax) return false;
  return std::all_of(value.items().begin(), value.items().end(), [&](const Json& item) {
    if (item.is_string()) return prompts.push_back({.text = item.as_string()}), true;
    return item.is_array() && read_tokens(item, prompts.emplace_back());
  });
}

void refuse_what_is_missing(const Fields& request) {
  if (request.flag("echo").value_or(false))
    request.fail("echo", "\"echo\" is not supported yet: the prompt is not repeated.");
  if (!request.text("suffix").value_or("").empty())
    request.fail("suffix", "\"suffix\" is not supported: put it into the prompt as the model expects it.");
  if (request.whole("best_of", 1, kAnswersMax).value_or(1) > request.whole("n", 1, kAnswersMax).value_or(1))
    request.fail("best_of", "\"best_of\" above \"n\" is not supported.");
}

}  // namespace

ParsedCall parse_openai_completions(const Json& body, Problem& problem) {
  const Fields request(body, problem);
  ChatCall call;
  read_settings(request, call);
  const Json* prompt = request.find("prompt");
  if (!prompt || !read_prompts(*prompt, call.prompts)) {
    request.fail("prompt",
                 "\"prompt\" must be a text, an array of token ids, or an array of at most 128 of either.");
  }
  if (call.prompts.size() * static_cast<size_t>(call.answers) > kCompletionsMax)
    request.fail("n", "More than 128 completions of one request are not supported.");
  auto tokens_max = request.whole("max_tokens", -1, INT32_MAX);
  if (!tokens_max) tokens_max = request.whole("n_predict", -1, INT32_MAX);
  call.tokens_max = tokens_max.value_or(kTokensMax);
  call.log_probabilities = request.whole("logprobs", 0, 20).value_or(-1);
  refuse_what_is_missing(request);

  CompletionReplyOptions options;
  options.include_usage = request.object("stream_options").flag("include_usage").value_or(false);
  options.log_probabilities = call.log_probabilities >= 0;
  options.per_prompt = static_cast<size_t>(call.answers);
  return {std::move(call),
          [options](ReplyContext context) { return write_openai_completions(std::move(context), options); }};
}

}  // namespace tug
