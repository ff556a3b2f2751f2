#include <chrono>

#include "backends/kernels_of.h"
#include "base/units.h"
#include "engine/make_store.h"
#include "engine/options.h"
#include "files/embedded_demo.h"
#include "workshop/bench_report.h"
#include "workshop/counting_store.h"
#include "workshop/drive.h"
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
  double load_seconds = 0;
};

Result<Bench> load(const std::string& model, const EngineOptions& options) {
  Bench bench;
  const auto start = Clock::now();
  const auto make = [&](const StoreInputs& inputs) -> Result<std::unique_ptr<WeightStore>> {
    auto store = TUG_TRY(make_store(inputs, options, [](int64_t, int64_t) {}));
    auto counting = std::make_unique<CountingStore>(inputs.plan, std::move(store));
    bench.store = counting.get();
    return std::unique_ptr<WeightStore>(std::move(counting));
  };
  bench.engine = TUG_TRY(Engine::load_with(TUG_TRY(open_checkpoint(model)), options, make));
  bench.load_seconds = seconds_since(start);
  return bench;
}

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
    bench_.store->take();
    engine_.phases().restart();
    const auto start = Clock::now();
    if (test_.prompt > 0) {
      TUG_TRY(prefill(*sequences.front(), test_.prompt));
    } else {
      for (int64_t i = 0; i < test_.generation; ++i) TUG_TRY(decode(sequences));
    }
    return Sample{seconds_since(start), bench_.store->take(), engine_.phases().restart()};
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

Result<Json> measure(Bench& bench, const Test& test, int64_t repetitions, LimitMeter& meter) {
  Runs runs(bench, test);
  TUG_TRY(runs.fill());
  const Sample warm_up = TUG_TRY(runs.once());
  const bool streams = bench.engine->store().streams();
  Limits limits = meter.measure();
  if (streams) limits.drive = TUG_TRY(measure_drive(bench.engine->checkpoint()));
  std::vector<Sample> samples;
  for (int64_t i = 0; i < repetitions; ++i) samples.push_back(TUG_TRY(runs.once()));
  if (streams) limits.drive = (limits.drive + TUG_TRY(measure_drive(bench.engine->checkpoint()))) / 2;
  const Limits after = meter.measure();
  const double read = (limits.read + after.read) / 2;  // the memory's speed changes with what others do
  limits = limits.better_of(after);
  limits.read = read;
  return bench_report(*bench.engine, bench.load_seconds, test, warm_up, samples, limits);
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
      Bench bench = TUG_TRY(load(options.model, engine_settings));
      TUG_TRY(check(*bench.engine, tests));
      LimitMeter meter = TUG_TRY(LimitMeter::make(kernels_of(engine_settings.isa), engine_settings.threads,
                                                  bench.engine->store().memory()));
      for (const Test& test : tests) on_test(TUG_TRY(measure(bench, test, options.repetitions, meter)));
    }
  }
  return {};
}

}  // namespace tug
