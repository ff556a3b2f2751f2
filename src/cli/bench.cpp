#include <algorithm>
#include <cstdio>

#include "base/printable.h"
#include "base/units.h"
#include "cli/verbs.h"
#include "workshop/workshop.h"

namespace tug {
namespace {

double number(const Json& test, const char* name) { return test.find(name)->as_number(); }
int64_t integer(const Json& test, const char* name) { return test.find(name)->as_integer(); }

template <class... Arguments>
std::string format(const char* how, Arguments... arguments) {
  std::string text(static_cast<size_t>(std::snprintf(nullptr, 0, how, arguments...)), '\0');
  std::snprintf(text.data(), text.size() + 1, how, arguments...);
  return text;
}

/// A name from a file as a cell of a table.
std::string cell(const std::string& name) {
  std::string text = printable(name, 60);
  std::replace(text.begin(), text.end(), '|', '/');
  return text;
}

/// "pp512", "tg128", "tg128 x 16 @ d8192".
std::string test_name(const Json& test) {
  const int64_t prompt = integer(test, "n_prompt"), depth = integer(test, "n_depth");
  std::string name =
      prompt > 0 ? "pp" + std::to_string(prompt) : "tg" + std::to_string(integer(test, "n_gen"));
  if (integer(test, "n_streams") > 1) name += " x " + std::to_string(integer(test, "n_streams"));
  if (depth > 0) name += " @ d" + std::to_string(depth);
  return name;
}

std::string phases_text(const Json& test) {
  const double whole = number(test, "avg_ns") / 1e9;
  std::string text;
  for (const auto& [name, seconds] : test.find("phases")->members()) {
    text += (text.empty() ? "" : ", ") + name + format(" %.1f %%", 100 * seconds.as_number() / whole);
  }
  return text;
}

/// What a model that does not fit read, and how its cache compares with what others would have kept.
std::string streaming_text(const Json& streaming) {
  if (!streaming.find("hit_rate")) return "";
  std::string text = format(
      "    from the drive (%.2f GB/s) %.1f MB a token, waited %.2f ms; %lld places; %.1f %% of the experts "
      "were there"
      " (on this trace",
      number(streaming, "drive_gbps"), number(streaming, "read_bytes") / 1e6, number(streaming, "stall_ms"),
      static_cast<long long>(integer(streaming, "expert_places")), 100 * number(streaming, "hit_rate"));
  for (const auto& [policy, rate] : streaming.find("hit_rates")->members())
    text += " " + policy + format(" %.1f", 100 * rate.as_number());
  return text + format("), %.1f %% of the others were on their way\n", 100 * number(streaming, "foreseen"));
}

/// A table while it runs, and below it where the time went.
class Markdown {
 public:
  explicit Markdown(Terminal& terminal) : terminal_(terminal) {}
  void add(const Json& test) {
    if (below_.empty()) {
      terminal_.print(
          "| model | size | params | isa | threads | test | t/s | possible | achieved | bottleneck |\n"
          "| --- | ---: | ---: | --- | ---: | --- | ---: | ---: | ---: | --- |\n");
    }
    terminal_.print(format("| %s | %s | %.2f B | %s | %lld | %s | %.2f +- %.2f | %.2f | %.0f %% | %s |\n",
                           cell(test.find("model_name")->as_string()).c_str(),
                           format_size(integer(test, "model_size")).c_str(),
                           number(test, "model_n_params") / 1e9, test.find("isa")->as_string().c_str(),
                           static_cast<long long>(integer(test, "n_threads")), test_name(test).c_str(),
                           number(test, "avg_ts"), number(test, "stddev_ts"), number(test, "possible_ts"),
                           100 * number(test, "achieved"), test.find("bottleneck")->as_string().c_str()));
    below_ +=
        format(
            "%s: reads %.1f MB of weights and %.1f MB of cache a token at %.1f GB/s (the machine: %.1f), "
            "%.0f Gop/s of %.0f in int8, %.0f of %.0f in float\n    ",
            test_name(test).c_str(), number(test, "weight_bytes") / 1e6, number(test, "cache_bytes") / 1e6,
            (number(test, "weight_bytes") + number(test, "cache_bytes")) * number(test, "avg_ts") / 1e9,
            number(test, "read_gbps"), number(test, "int8_operations") * number(test, "avg_ts") / 1e9,
            number(test, "int8_gops"), number(test, "float_operations") * number(test, "avg_ts") / 1e9,
            number(test, "float_gops")) +
        phases_text(test) + "\n" + streaming_text(*test.find("streaming"));
    loaded_ =
        format("loaded in %.2f s, %.2f GB/s\n", number(test, "load_seconds"), number(test, "load_gbps"));
  }
  void end() { terminal_.print("\n" + below_ + loaded_); }

 private:
  Terminal& terminal_;
  std::string below_, loaded_;
};

/// One value for a CSV field; lists and objects as JSON.
std::string field(const Json& value) {
  const std::string text = value.is_string() ? value.as_string() : value.dump();
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

void print_csv(const Json& test, bool first, Terminal& terminal) {
  std::string head, line;
  for (const auto& [name, value] : test.members()) {
    head += (head.empty() ? "" : ",") + name;
    line += (line.empty() ? "" : ",") + field(value);
  }
  terminal.print((first ? head + "\n" : "") + line + "\n");
}

}  // namespace

Result<int> execute(const BenchCommand& command, Terminal& terminal) {
  Markdown markdown(terminal);
  int64_t count = 0;
  const auto on_test = [&](const Json& test) {
    const bool first = count++ == 0;
    if (command.output == "md") markdown.add(test);
    if (command.output == "csv") print_csv(test, first, terminal);
    if (command.output == "jsonl") terminal.print(test.dump() + "\n");
    if (command.output == "json") terminal.print((first ? "[\n  " : ",\n  ") + test.dump());
  };
  TUG_TRY(bench(command.options, on_test));
  if (command.output == "md" && count > 0) markdown.end();
  if (command.output == "json") terminal.print(count > 0 ? "\n]\n" : "[]\n");
  return kExitSuccess;
}

}  // namespace tug
