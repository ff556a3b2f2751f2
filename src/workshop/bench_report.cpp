#include "workshop/bench_report.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/packing.h"
#include "plan/cost.h"
#include "plan/walk.h"
#include "workshop/streaming_report.h"

namespace tug {
namespace {

/// Operations of one token's active weights, by the form in which they take their input.
struct Operations {
  double codes = 0, floats = 0;
};

Operations operations_of(const Plan& plan, bool with_head) {
  Operations total;
  for_each_unit(plan, [&](UnitId unit) {
    if (unit.block == UnitId::kHead && !with_head) return;
    double share = 1;
    if (unit.expert >= 0) {
      const auto& moe = std::get<MoeFfn>(plan.blocks[static_cast<size_t>(unit.block)].work);
      share = static_cast<double>(moe.rule.top_k) / static_cast<double>(moe.experts.size());
    }
    for_each_linear(plan, unit, [&](std::string_view, const Linear& linear) {
      const Matrix& matrix = linear.weight;
      const double operations =
          2 * share * static_cast<double>(matrix.rows) * static_cast<double>(matrix.cols);
      (panel_format(matrix.type).form == kFloats ? total.floats : total.codes) += operations;
    });
  });
  return total;
}

/// What one token of a test needs at least, and how long the scarcest of it takes.
struct Need {
  double weight_bytes, cache_bytes;
  Operations operations;

  Need(const Engine& engine, const Test& test, double weights) : weight_bytes(weights) {
    const Plan& plan = engine.plan();
    const Cost cost = cost_of(plan);
    const double before = static_cast<double>(test.depth) +
                          static_cast<double>(test.prompt > 0 ? test.prompt - 1 : test.generation - 1) / 2;
    const StateLayout layout = engine.backend().state_layout(plan);
    const double page_bytes = static_cast<double>(layout.page_bytes) / static_cast<double>(kPageTokens);
    const double chunk =
        test.prompt > 0 ? static_cast<double>(std::min(test.prompt, engine.options().rows_max)) : 1;
    cache_bytes = (page_bytes * before + 2 * static_cast<double>(cost.recurrent_bytes)) / chunk;
    operations = operations_of(plan, test.prompt == 0);
    const double attention = before * static_cast<double>(cost.operations_per_context_token);
    // Half of them are scores, the other half weighted values.
    (engine.options().kv == KvType::kQ8_0 ? operations.codes : operations.floats) += attention / 2;
    operations.floats += attention / 2;
  }

  /// Seconds of one token by resource, the slowest last.
  std::vector<std::pair<double, const char*>> seconds(const Limits& limits) const {
    std::vector<std::pair<double, const char*>> all = {{(weight_bytes + cache_bytes) / limits.read, "memory"},
                                                       {operations.codes / limits.int8, "int8"},
                                                       {operations.floats / limits.float32, "float"}};
    std::sort(all.begin(), all.end());
    return all;
  }
};

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Of a sample, as llama-bench computes it.
double deviation(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  double squares = 0;
  for (const double value : values) squares += (value - mean(values)) * (value - mean(values));
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

Json array_of(const std::vector<double>& values) {
  Json array = Json::array();
  for (const double value : values) array.push(value);
  return array;
}

Json phases_json(const std::vector<Sample>& samples) {
  Json phases = Json::object();
  for (size_t p = 0; p < kPhases; ++p) {
    double seconds = 0;
    for (const Sample& sample : samples) seconds += sample.phases[p] / static_cast<double>(samples.size());
    if (seconds > 0) phases.set(kPhaseNames[p], seconds);
  }
  return phases;
}

}  // namespace

Json bench_report(const Engine& engine, double load_seconds, const Test& test, const Sample& warm_up,
                  const std::vector<Sample>& samples, const Limits& limits) {
  const Cost cost = cost_of(engine.plan());
  const auto tokens = static_cast<double>(test.tokens());
  std::vector<double> nanoseconds, rates;
  double weights = 0;
  for (const Sample& sample : samples) {
    nanoseconds.push_back(sample.seconds * 1e9);
    rates.push_back(tokens / sample.seconds);
    weights += static_cast<double>(sample.count.bytes) / tokens / static_cast<double>(samples.size());
  }
  const Need need(engine, test, weights);
  auto [possible_seconds, bottleneck] = need.seconds(limits).back();
  Json streaming = Json::object();
  if (limits.drive > 0) {
    const Streaming streamed(warm_up, samples, tokens);
    if (const double slow = streamed.seconds(test, possible_seconds, need.cache_bytes, limits);
        slow > possible_seconds) {
      possible_seconds = slow, bottleneck = "drive";
    }
    streaming = streamed.json(limits);
  }
  const std::string_view kv = name_of(engine.options().kv);
  return Json::object({{"model_name", engine.plan().name},
                       {"model_type", engine.plan().architecture},
                       {"model_size", cost.stored_bytes},
                       {"model_n_params", cost.parameters},
                       {"cpu_info", cpu_name()},
                       {"isa", isa_name(engine.options().isa)},
                       {"n_threads", engine.options().threads},
                       {"n_batch", engine.options().rows_max},
                       {"type_k", kv},
                       {"type_v", kv},
                       {"n_prompt", test.prompt},
                       {"n_gen", test.generation},
                       {"n_depth", test.depth},
                       {"n_streams", test.streams},
                       {"avg_ns", mean(nanoseconds)},
                       {"stddev_ns", deviation(nanoseconds)},
                       {"avg_ts", mean(rates)},
                       {"stddev_ts", deviation(rates)},
                       {"samples_ns", array_of(nanoseconds)},
                       {"samples_ts", array_of(rates)},
                       {"weight_bytes", need.weight_bytes},
                       {"cache_bytes", need.cache_bytes},
                       {"int8_operations", need.operations.codes},
                       {"float_operations", need.operations.floats},
                       {"read_gbps", limits.read / 1e9},
                       {"int8_gops", limits.int8 / 1e9},
                       {"float_gops", limits.float32 / 1e9},
                       {"possible_ts", 1 / possible_seconds},
                       {"achieved", mean(rates) * possible_seconds},
                       {"bottleneck", bottleneck},
                       {"phases", phases_json(samples)},
                       {"streaming", std::move(streaming)},
                       {"load_seconds", load_seconds},
                       {"load_gbps", static_cast<double>(cost.stored_bytes) / load_seconds / 1e9}});
}

}  // namespace tug
