#include "cli/report.h"

#include <chrono>
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

std::function<std::string()> streaming_line(const Model& model) {
  using Clock = std::chrono::steady_clock;
  return [&model, before = model.streaming(), then = Clock::now()]() mutable {
    const Streaming now = model.streaming(), since = now - std::exchange(before, now);
    const double seconds =
        std::chrono::duration<double>(Clock::now() - std::exchange(then, Clock::now())).count();
    const int64_t asked = since.expert_hits + since.expert_misses;
    if (now.expert_places == 0 || asked == 0) return std::string();
    char text[96];
    std::snprintf(text, sizeof text, " · %.1f GB/s from the drive · %lld %% of the experts in memory",
                  static_cast<double>(since.bytes_read) / seconds / 1e9,
                  static_cast<long long>(100 * since.expert_hits / asked));
    return std::string(text);
  };
}

std::vector<std::string> stats_lines(const Json& stats) {
  const auto number = [&](const char* name) { return stats.find(name)->as_number(); };
  const auto percent = [&](const char* name) {
    return std::to_string(static_cast<int>(100 * number(name) + 0.5)) + " %";
  };
  const auto rate = [&](const char* name) {
    return format_size(static_cast<int64_t>(number(name) * 1e9)) + "/s";
  };
  const auto size = [&](const char* name) { return format_size(static_cast<int64_t>(number(name))); };
  std::vector<std::string> lines = {
      "decode " + speed(number("decode_ts")) + ", " + percent("achieved") + " of the " +
          speed(number("possible_ts")) +
          " that this machine allows; limit: " + stats.find("bottleneck")->as_string(),
      "a token takes " + size("weight_bytes") + " of weights; memory gives " + rate("read_gbps")};
  if (stats.find("drive_gbps")) {
    char wait[32];
    std::snprintf(wait, sizeof wait, "%.1f ms", number("wait_ms"));
    lines.push_back("experts: " + percent("hit_rate") + " were in memory, which has room for " +
                    format_count(stats.find("expert_places")->as_integer()) + "; " + percent("foreseen") +
                    " of the others were on their way");
    lines.push_back("from the drive: " + size("drive_bytes") + " a token, " + wait +
                    " of waiting; it gives " + rate("drive_gbps"));
  }
  lines.push_back("what would help most: " + stats.find("advice")->as_string());
  return lines;
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
