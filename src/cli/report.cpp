#include "cli/report.h"

#include <cstdio>

#include "base/units.h"
#include "cli/terminal.h"

namespace tug {
namespace {

double per_second(int64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

/// The first token comes out of the prefill; the decode steps made the others.
int64_t decoded_tokens(const Answer& answer) {
  return std::max<int64_t>(answer.timings.answer_tokens - 1, 0);
}

std::string speed(double tokens_per_second) {
  char text[32];
  std::snprintf(text, sizeof text, tokens_per_second < 10 ? "%.2f tok/s" : "%.1f tok/s", tokens_per_second);
  return text;
}

Json tool_calls_json(const std::vector<ToolCall>& calls) {
  Json list = Json::array();
  for (const ToolCall& call : calls) {
    list.push(Json::object({{"name", call.name}, {"arguments", Json::verbatim(call.arguments)}}));
  }
  return list;
}

Json timings_json(const Answer& answer, const ModelInfo& info) {
  const Timings& t = answer.timings;
  return Json::object({{"load_seconds", info.load_seconds},
                       {"prompt_tokens", t.prompt_tokens},
                       {"reused_tokens", t.reused_tokens},
                       {"answer_tokens", t.answer_tokens},
                       {"prefill_seconds", t.prefill_seconds},
                       {"decode_seconds", t.decode_seconds},
                       {"prefill_tokens_per_second", per_second(t.prompt_tokens, t.prefill_seconds)},
                       {"decode_tokens_per_second", per_second(decoded_tokens(answer), t.decode_seconds)}});
}

}  // namespace

std::string answer_line(const Answer& answer, const ModelInfo& info) {
  const Timings& t = answer.timings;
  std::string line = format_count(t.answer_tokens) + " tokens · prefill " + format_count(t.prompt_tokens) +
                     " at " + speed(per_second(t.prompt_tokens, t.prefill_seconds));
  if (t.reused_tokens > 0) line += " (" + format_count(t.reused_tokens) + " remembered)";
  line += " · decode " + speed(per_second(decoded_tokens(answer), t.decode_seconds));
  line += " · " + format_size(process_memory().resident) + " in memory";
  return line + " · " + format_size(info.bytes_per_token) + " read per token";
}

Json answer_json(const Answer& answer, const ModelInfo& info, int64_t seed) {
  Json tokens = Json::array();
  for (int32_t token : answer.tokens) tokens.push(token);
  const ProcessMemory memory = process_memory();
  return Json::object({{"text", answer.text},
                       {"reasoning", answer.reasoning},
                       {"tool_calls", tool_calls_json(answer.tool_calls)},
                       {"finish_reason", finish_reason_name(answer.finish)},
                       {"tokens", std::move(tokens)},
                       {"timings", timings_json(answer, info)},
                       {"memory", Json::object({{"weights_bytes", info.weight_bytes},
                                                {"resident_bytes", memory.resident},
                                                {"peak_bytes", memory.peak}})},
                       {"bytes_per_token", info.bytes_per_token},
                       {"model", info.name},
                       {"seed", seed}});
}

std::string tool_call_line(const ToolCall& call) { return "[tool call] " + call.name + " " + call.arguments; }

std::string error_line(const Error& error) {
  std::string text = error.message();
  const std::string context = "\n  in ";
  const size_t first = text.find(context);
  if (first != std::string::npos) text.replace(first, context.size(), " (in ").append(")");
  for (size_t at; (at = text.find(context)) != std::string::npos;) text.replace(at, context.size(), ", in ");
  for (char& c : text) c = c == '\n' || c == '\t' ? ' ' : c;
  return "tug: " + printable(text);
}

}  // namespace tug
