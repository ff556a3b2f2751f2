#include <chrono>
#include <cmath>
#include <numeric>

#include "backends/kernels_of.h"
#include "base/units.h"
#include "engine/options.h"
#include "files/embedded_demo.h"
#include "kernels/packing.h"
#include "plan/cost.h"
#include "plan/walk.h"
#include "workshop/counting_store.h"
#include "workshop/limits.h"
#include "workshop/workshop.h"

namespace tug {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A loaded model whose weights are counted as they are used.
struct Bench {
  std::unique_ptr<Engine> engine;
  CountingStore* store = nullptr;
  PhaseClock* phases = nullptr;
  double load_seconds = 0;
};

Result<Bench> load(const std::string& model, const EngineOptions& options) {
  Bench bench;
  const auto start = Clock::now();
  const auto make_store = [&](const Checkpoint& from, const Plan& plan, const Packer& packer,
                              MemoryBudget& budget) -> Result<std::unique_ptr<WeightStore>> {
    auto resident =
        TUG_TRY(ResidentStore::load(from, plan, packer, options.threads, budget, [](int64_t, int64_t) {}));
    auto counting = std::make_unique<CountingStore>(plan, std::move(resident));
    bench.store = counting.get();
    return std::unique_ptr<WeightStore>(std::move(counting));
  };
  bench.engine = TUG_TRY(Engine::load_with(TUG_TRY(open_checkpoint(model)), options, make_store));
  bench.phases = &bench.engine->phases();
  bench.load_seconds = seconds_since(start);
  return bench;
}

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

struct Test {
  int64_t prompt = 0, generation = 0, depth = 0, streams = 1;
  int64_t tokens() const { return prompt > 0 ? prompt : generation * streams; }
  int64_t context() const { return depth + prompt + generation; }
};

/// One repetition of a test, or the mean of several.
struct Sample {
  double seconds = 0;
  int64_t weight_bytes = 0;
  PhaseTimes phases = {};
};

class Runs {
 public:
  Runs(Bench& bench, const Test& test)
      : engine_(*bench.engine), bench_(bench), test_(test), state_(0x9e3779b97f4a7c15ull) {}

  /// The sequences with `depth` tokens, from which every repetition starts.
  Status fill() {
    for (int64_t stream = 0; stream < test_.streams; ++stream) {
      auto sequence = TUG_TRY(engine_.new_sequence(test_.context()));
      TUG_TRY(prefill(*sequence, test_.depth));
      filled_.push_back(std::move(sequence));
    }
    return {};
  }

  Result<Sample> once() {
    std::vector<std::unique_ptr<Sequence>> sequences;
    for (const auto& filled : filled_) {
      sequences.push_back(TUG_TRY(filled->fork()));
      TUG_TRY(sequences.back()->reserve(test_.context()));
    }
    bench_.store->take_bytes();
    bench_.phases->restart();
    const auto start = Clock::now();
    if (test_.prompt > 0) {
      TUG_TRY(prefill(*sequences.front(), test_.prompt));
    } else {
      for (int64_t i = 0; i < test_.generation; ++i) TUG_TRY(decode(sequences));
    }
    return Sample{seconds_since(start), bench_.store->take_bytes(), bench_.phases->restart()};
  }

 private:
  /// Any token: what is measured does not depend on which, but for the choice of experts.
  int32_t next_token() {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<int32_t>((state_ >> 33) % static_cast<uint64_t>(engine_.plan().vocabulary));
  }

  Status prefill(Sequence& sequence, int64_t tokens) {
    while (tokens > 0) {
      rows_.clear();
      const int64_t count = std::min(tokens, engine_.options().rows_max);
      tokens -= count;
      for (int64_t i = 0; i < count; ++i) {
        rows_.push_back({next_token(), sequence.length() + i, &sequence, tokens == 0 && i == count - 1});
      }
      TUG_TRY(engine_.step(rows_, [](size_t, std::span<float>) {}));
    }
    return {};
  }

  Status decode(const std::vector<std::unique_ptr<Sequence>>& sequences) {
    rows_.clear();
    for (const auto& sequence : sequences)
      rows_.push_back({next_token(), sequence->length(), sequence.get(), true});
    return engine_.step(rows_, [](size_t, std::span<float>) {});
  }

  Engine& engine_;
  Bench& bench_;
  const Test& test_;
  uint64_t state_;
  std::vector<std::unique_ptr<Sequence>> filled_;
  std::vector<Row> rows_;
};

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
    operations.floats += before * static_cast<double>(cost.operations_per_context_token);
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

Json report(const Bench& bench, const Test& test, const std::vector<Sample>& samples, const Limits& limits) {
  const Engine& engine = *bench.engine;
  const Cost cost = cost_of(engine.plan());
  const auto tokens = static_cast<double>(test.tokens());
  std::vector<double> nanoseconds, rates;
  double weights = 0;
  for (const Sample& sample : samples) {
    nanoseconds.push_back(sample.seconds * 1e9);
    rates.push_back(tokens / sample.seconds);
    weights += static_cast<double>(sample.weight_bytes) / tokens / static_cast<double>(samples.size());
  }
  const Need need(engine, test, weights);
  const auto& [possible_seconds, bottleneck] = need.seconds(limits).back();
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
                       {"load_seconds", bench.load_seconds},
                       {"load_gbps", static_cast<double>(cost.stored_bytes) / bench.load_seconds / 1e9}});
}

Result<Json> measure(Bench& bench, const Test& test, int64_t repetitions, LimitMeter& meter) {
  Runs runs(bench, test);
  TUG_TRY(runs.fill());
  TUG_TRY(runs.once());  // warms up
  Limits limits = meter.measure();
  std::vector<Sample> samples;
  for (int64_t i = 0; i < repetitions; ++i) samples.push_back(TUG_TRY(runs.once()));
  limits = limits.better_of(meter.measure());
  return report(bench, test, samples, limits);
}

std::vector<Test> tests_of(const BenchOptions& options) {
  std::vector<Test> tests;
  for (const int64_t depth : options.depths) {
    for (const int64_t prompt : options.prompts)
      if (prompt > 0) tests.push_back({.prompt = prompt, .depth = depth});
    for (const int64_t generation : options.generations) {
      for (const int64_t streams : options.streams) {
        if (generation > 0) tests.push_back({.generation = generation, .depth = depth, .streams = streams});
      }
    }
  }
  return tests;
}

Status check(const Engine& engine, const std::vector<Test>& tests) {
  for (const Test& test : tests) {
    TUG_TRY(engine.check_room(test.context()));
    if (test.context() > engine.plan().context) {
      return Error(ErrorCode::kInvalidArgument,
                   "The model was made for " + format_count(engine.plan().context) + " tokens; a test of " +
                       format_count(test.context()) + " is too long.");
    }
    if (test.streams > engine.options().rows_max) {
      return Error(ErrorCode::kInvalidArgument, "A step takes at most " +
                                                    std::to_string(engine.options().rows_max) +
                                                    " streams; allow more with a larger batch.");
    }
  }
  return {};
}

}  // namespace

Status bench(const BenchOptions& options, const std::function<void(const Json&)>& on_test) {
  const std::vector<Test> tests = tests_of(options);
  for (const int64_t threads : options.threads) {
    for (const int64_t batch : options.batches) {
      ModelOptions wanted = options.engine;
      wanted.threads = static_cast<int>(threads);
      wanted.chunk = batch;
      const EngineOptions engine_settings = TUG_TRY(engine_options(wanted));
      LimitMeter meter = TUG_TRY(LimitMeter::make(kernels_of(engine_settings.isa), engine_settings.threads));
      Bench bench = TUG_TRY(load(options.model, engine_settings));
      TUG_TRY(check(*bench.engine, tests));
      for (const Test& test : tests) on_test(TUG_TRY(measure(bench, test, options.repetitions, meter)));
    }
  }
  return {};
}

}  // namespace tug
