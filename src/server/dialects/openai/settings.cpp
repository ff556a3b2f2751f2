#include "server/dialects/openai/settings.h"

#include <algorithm>
#include <charconv>

namespace tug {
namespace {

constexpr size_t kBiasesMax = 4096;
constexpr double kBiasMax = 100;

template <class T>
std::optional<T> first(std::optional<T> a, std::optional<T> b) {
  return a ? a : b;
}

/// OpenAI: {"id": bias}; llama-server also [[id, bias]], where false forbids the token.
void read_logit_bias(const Fields& request, SamplingOverrides& sampling) {
  const Json* value = request.find("logit_bias");
  if (!value) return;
  const auto fail = [&] {
    request.fail("logit_bias", "\"logit_bias\" must give at most 4096 token ids a number from -100 to 100.");
  };
  const auto add = [&](std::optional<int64_t> id, const Json& bias) {
    const bool forbids = bias.is_bool() && !bias.as_bool();
    const double number = forbids ? -1000 : bias.is_number() ? bias.as_number() : kBiasMax + 1;
    if (!id || *id < 0 || *id > INT32_MAX || (!forbids && !(std::abs(number) <= kBiasMax))) return fail();
    sampling.logit_bias.emplace_back(static_cast<int32_t>(*id), number);
  };
  if (value->is_object() && value->members().size() <= kBiasesMax) {
    for (const auto& [key, bias] : value->members()) {
      int64_t id = -1;
      const auto end = std::from_chars(key.data(), key.data() + key.size(), id).ptr;
      add(end == key.data() + key.size() ? std::optional(id) : std::nullopt, bias);
    }
  } else if (value->is_array() && value->items().size() <= kBiasesMax) {
    for (const Json& pair : value->items()) {
      if (!pair.is_array() || pair.items().size() != 2) return fail();
      add(pair.items()[0].whole(), pair.items()[1]);
    }
  } else {
    fail();
  }
}

}  // namespace

std::vector<std::string> read_stops(const Fields& request, const char* name) {
  std::vector<std::string> stops = request.texts(name, kStopsMax);
  std::erase(stops, "");
  for (const std::string& stop : stops) {
    if (stop.size() > kStopBytesMax)
      request.fail(name, std::string("A text of \"") + name + "\" is longer than 1024 bytes.");
  }
  return stops;
}

void read_effort(const Fields& holder, const char* name, ChatCall& call) {
  const auto name_of_effort = holder.text(name);
  if (!name_of_effort) return;
  struct Effort {
    std::string_view name;
    int64_t tokens;
  };
  static constexpr Effort kEfforts[] = {{"none", 0},  {"minimal", 0}, {"low", 2048}, {"medium", 8192},
                                        {"high", -1}, {"xhigh", -1},  {"max", -1}};
  const auto* found = std::find_if(std::begin(kEfforts), std::end(kEfforts),
                                   [&](const Effort& effort) { return effort.name == *name_of_effort; });
  if (found == std::end(kEfforts))
    return holder.fail(name, "The effort must be none, minimal, low, medium, high or xhigh.");
  call.thinking = found->tokens != 0;
  call.reasoning_max = found->tokens;
}

void read_reasoning_budget(const Fields& holder, const char* name, ChatCall& call) {
  const auto tokens = holder.whole(name, -1, INT32_MAX);
  if (!tokens) return;
  call.reasoning_max = *tokens;
  if (*tokens == 0) call.thinking = false;
}

void read_reasoning(const Fields& request, ChatCall& call) {
  read_effort(request, "reasoning_effort", call);
  const Fields reasoning = request.object("reasoning");  // of OpenAI's responses, and of OpenRouter
  read_effort(reasoning, "effort", call);
  read_reasoning_budget(reasoning, "max_tokens", call);
  for (const char* name : {"reasoning_budget", "reasoning_budget_tokens", "thinking_budget",
                           "thinking_budget_tokens", "thinking_token_budget"})
    read_reasoning_budget(request, name, call);
  call.template_variables = request.json("chat_template_kwargs", Json::Kind::kObject);
  const Fields variables = request.object("chat_template_kwargs");
  read_reasoning_budget(variables, "thinking_budget", call);
  if (const auto thinking = variables.flag("enable_thinking")) call.thinking = thinking;
}

void refuse_forms(const Fields& request) {
  const auto refuse = [&](const char* name) {
    request.fail(name, std::string("\"") + name + "\" asks for an answer in a certain form, which is not " +
                           "supported yet; leave it out and describe the form in the prompt.");
  };
  const Json* format = request.find("response_format");
  const Json* type = format ? format->find("type") : nullptr;
  if (format && !(type && type->is_string() && type->as_string() == "text")) refuse("response_format");
  for (const char* name : {"grammar", "json_schema", "structured_outputs", "guided_json", "guided_regex",
                           "guided_choice", "guided_grammar"}) {
    if (request.has(name)) refuse(name);
  }
}

void read_settings(const Fields& request, ChatCall& call) {
  SamplingOverrides& sampling = call.sampling;
  sampling.temperature = request.number("temperature", 0, 100);
  sampling.top_p = request.number("top_p", 0, 1);
  sampling.min_p = request.number("min_p", 0, 1);
  sampling.top_k = request.whole("top_k", -1, INT32_MAX);
  if (sampling.top_k) sampling.top_k = std::max<int64_t>(*sampling.top_k, 0);
  sampling.repetition_penalty =
      first(request.number("repetition_penalty", 0.01, 100), request.number("repeat_penalty", 0.01, 100));
  sampling.presence_penalty = request.number("presence_penalty", -2, 2);
  sampling.frequency_penalty = request.number("frequency_penalty", -2, 2);
  sampling.seed = request.whole("seed", INT64_MIN, INT64_MAX);
  if (sampling.seed == -1) sampling.seed.reset();  // llama-server's "any"
  read_logit_bias(request, sampling);
  call.model = request.text("model").value_or("");
  call.stop = read_stops(request, "stop");
  call.ignore_stop_tokens = request.flag("ignore_eos").value_or(false);
  call.answers = request.whole("n", 1, kAnswersMax).value_or(1);
  call.stream = request.flag("stream").value_or(false);
  if (!request.flag("parallel_tool_calls").value_or(true)) call.calls_max = 1;
  refuse_forms(request);
}

}  // namespace tug
