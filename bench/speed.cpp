// Achieved against possible on this machine, in one run:
//
//   cmake --build --preset release --target bench_speed && build/release/bench_speed MODEL [RUNS]
//
// Proves its answer first (the same greedy tokens on one thread and on all), then takes turns: a plain read
// by all threads, a prompt of 512 tokens, 64 decoded tokens. Prints medians; decode as a share
// of the read.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "backends/kernels_of.h"
#include "platform/cpu.h"
#include "tugboat/model.h"
#include "workshop/limits.h"

namespace tug {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Result<Answer> answer(const Model& model, int64_t prompt_tokens, int64_t answer_tokens) {
  Session session = TUG_TRY(model.new_session(prompt_tokens + answer_tokens));
  Prompt prompt{.raw = true};
  for (int64_t i = 0; i < prompt_tokens; ++i) prompt.tokens.push_back(static_cast<int32_t>(i * 7919 % 4000));
  const GenerateOptions options{
      .sampling = {.temperature = 0}, .tokens_max = answer_tokens, .ignore_stop_tokens = true};
  return session.generate(prompt, options, nullptr);
}

Status run(const char* path, int runs) {
  const Model model = TUG_TRY(Model::open(path, {}));
  {
    const Model alone = TUG_TRY(Model::open(path, {.threads = 1}));
    if (TUG_TRY(answer(alone, 16, 8)).tokens != TUG_TRY(answer(model, 16, 8)).tokens) {
      return Error(ErrorCode::kInternal, "One thread and all threads give different answers.");
    }
  }
  LimitMeter meter = TUG_TRY(LimitMeter::make(best_kernels(), model.info().threads));
  std::vector<double> read, prefill, decode;
  for (int i = 0; i < runs; ++i) {
    read.push_back(meter.measure().read / 1e9);
    const Answer result = TUG_TRY(answer(model, 512, 65));
    prefill.push_back(512 / result.timings.prefill_seconds);
    decode.push_back(64 / result.timings.decode_seconds);
  }
  const double used = median(decode) * static_cast<double>(model.info().bytes_per_token) / 1e9;
  std::printf("%s, %s, %d threads\n", std::string(cpu_name()).c_str(), model.info().isa.c_str(),
              model.info().threads);
  std::printf("plain read %.1f GB/s; decode %.1f tok/s = %.1f GB/s, %.0f %% of it; prefill %.0f tok/s\n",
              median(read), median(decode), used, 100 * used / median(read), median(prefill));
  return {};
}

}  // namespace
}  // namespace tug

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: bench_speed MODEL [RUNS]\n"), 2;
  const tug::Status status = tug::run(argv[1], argc > 2 ? std::max(1, std::atoi(argv[2])) : 5);
  if (!status.ok()) std::fprintf(stderr, "bench_speed: %s\n", status.error().message().c_str());
  return status.ok() ? 0 : 1;
}
