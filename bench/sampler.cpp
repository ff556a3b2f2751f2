// What choosing a token costs, by vocabulary, shape of the logits and settings:
//
//   cmake --build --preset release --target bench_sampler && build/release/bench_sampler
//
// Prints the median of microseconds on one thread. A decode step of a large model takes 20,000 or more.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

#include "engine/log_probabilities.h"
#include "engine/sampler.h"

namespace tug {
namespace {

using Clock = std::chrono::steady_clock;

template <class Work>
double median_microseconds(Work work) {
  std::vector<double> times;
  for (int i = 0; i < 41; ++i) {
    const auto start = Clock::now();
    work(i);
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + 20, times.end());
  return times[20];
}

struct Case {
  const char* name;
  Sampling sampling;
  int seen;
};

std::vector<Case> cases(int64_t vocabulary) {
  std::vector<std::pair<int32_t, double>> biases;
  for (int32_t i = 0; i < 4000; ++i) biases.push_back({i * 31 % static_cast<int32_t>(vocabulary), 0.5});
  return {
      {"greedy", {.temperature = 0}, 0},
      {"plain draw", {}, 0},
      {"temperature 0.6, top_k 20, top_p 0.95", {.temperature = 0.6, .top_k = 20, .top_p = 0.95}, 0},
      {"top_k 1,000", {.top_k = 1000}, 0},
      {"top_k 15,000, top_p 0.9", {.top_k = 15000, .top_p = 0.9}, 0},
      {"top_k 100,000", {.top_k = 100'000}, 0},
      {"top_k 100,000, top_p 0.95, min_p 0.01", {.top_k = 100'000, .top_p = 0.95, .min_p = 0.01}, 0},
      {"top_p 0.5", {.top_p = 0.5}, 0},
      {"top_p 0.95", {.top_p = 0.95}, 0},
      {"top_p 0.999", {.top_p = 0.999}, 0},
      {"min_p 0.05", {.min_p = 0.05}, 0},
      {"penalties, 40,000 tokens seen, 4,000 biases",
       {.repetition_penalty = 1.1, .presence_penalty = 0.5, .frequency_penalty = 0.1, .logit_bias = biases},
       40'000},
      {"everything",
       {.temperature = 0.7,
        .top_k = 50'000,
        .top_p = 0.95,
        .min_p = 0.001,
        .repetition_penalty = 1.1,
        .presence_penalty = 0.5,
        .frequency_penalty = 0.1,
        .logit_bias = biases},
       40'000},
  };
}

std::vector<float> logits_of(const char* shape, int64_t vocabulary) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> logits(static_cast<size_t>(vocabulary));
  const bool flat = shape[0] == 'f', peaked = shape[0] == 'p';
  for (size_t i = 0; i < logits.size(); ++i)
    logits[i] =
        flat ? 0.01f * normal(random) : 2.5f * normal(random) + (peaked && i % 9001 == 5 ? 18.0f : 0.0f);
  if (shape[0] == 't') std::fill(logits.begin(), logits.end(), 1.0f);
  return logits;
}

void run(int64_t vocabulary) {
  constexpr const char* kShapes[] = {"peaked", "random", "flat", "ties"};
  std::printf("\n%-46s %9s %9s %9s %9s\n", ("vocabulary " + std::to_string(vocabulary) + ", us").c_str(),
              kShapes[0], kShapes[1], kShapes[2], kShapes[3]);
  const auto row = [&](const char* name, auto measure) {
    std::printf("%-46s", name);
    for (const char* shape : kShapes) std::printf(" %9.0f", measure(logits_of(shape, vocabulary)));
    std::printf("\n");
  };
  for (const Case& each : cases(vocabulary)) {
    row(each.name, [&](std::vector<float> logits) {
      Sampler sampler(each.sampling, vocabulary);
      for (int32_t i = 0; i < each.seen; ++i)
        sampler.note(static_cast<int32_t>(i * int64_t{7919} % vocabulary), i % 4 == 0);
      return median_microseconds([&](int64_t position) {
        if (auto token = sampler.sample(logits, position); token.ok()) sampler.note(*token, true);
      });
    });
  }
  row("check that all are finite", [](const std::vector<float>& logits) {
    return median_microseconds([&](int) { (void)largest_logit(logits, 1); });
  });
  row("log-probabilities, 20 most likely", [](const std::vector<float>& logits) {
    const float largest = largest_logit(logits, 1).value();
    return median_microseconds([&](int) { (void)most_likely(logits, log_sum_exp(logits, largest), 20); });
  });
}

}  // namespace
}  // namespace tug

int main() {
  for (const int64_t vocabulary : {151'936, 248'320}) tug::run(vocabulary);
}
