// Achieved against possible on this machine, in one run:
//
//   cmake --build --preset release --target bench_speed && build/release/bench_speed MODEL [RUNS]
//
// Proves its answer first (the same greedy tokens on one thread and on all), then takes turns: a plain read
// of a gibibyte by all threads, a prompt of 512 tokens, 64 decoded tokens. Prints medians; decode as a share
// of the read.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "platform/cpu.h"
#include "platform/memory.h"
#include "platform/thread_pool.h"
#include "tugboat/model.h"

namespace tug {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// GB/s of all threads reading `memory` once.
double read_bandwidth(ThreadPool& pool, const Arena& memory) {
  constexpr int64_t kPiece = 8 << 20;
  std::vector<uint64_t> sums(static_cast<size_t>(pool.threads()));
  const auto start = Clock::now();
  pool.run(memory.size() / kPiece, [&](int64_t piece, int thread) {
    const auto* words = reinterpret_cast<const uint64_t*>(memory.data() + piece * kPiece);
    uint64_t lanes[8] = {};
    for (int64_t i = 0; i < kPiece / 8; i += 8) {
      for (int lane = 0; lane < 8; ++lane) lanes[lane] += words[i + lane];
    }
    for (uint64_t lane : lanes) sums[static_cast<size_t>(thread)] += lane;
  });
  const double seconds = seconds_since(start);
  uint64_t sum = 0;
  for (uint64_t part : sums) sum += part;
  if (sum != 0x5a5a5a5a5a5a5a5aull * static_cast<uint64_t>(memory.size() / 8)) std::abort();
  return static_cast<double>(memory.size()) / seconds / 1e9;
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
  ThreadPool pool(model.info().threads);
  const Arena memory = TUG_TRY(Arena::allocate(1 << 30));
  std::fill_n(memory.data(), memory.size(), std::byte{0x5a});
  std::vector<double> read, prefill, decode;
  for (int i = 0; i < runs; ++i) {
    read.push_back(read_bandwidth(pool, memory));
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
