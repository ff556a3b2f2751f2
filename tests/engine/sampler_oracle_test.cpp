// Every combination of settings against the definition, worked out by sorting everything in double.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "backends/kernels_of.h"
#include "base/random.h"
#include "engine/sampler.h"
#include "engine/selection.h"
#include "support/expect.h"
#include "support/sanitized.h"

namespace tug {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr double kSlack = 2e-5;  // of weights that are floats

std::vector<const Kernels*> tables() {
  std::vector<const Kernels*> all;
  for (const Isa isa : kIsas) {
    if (isa_available(isa)) all.push_back(&kernels_of(isa));
  }
  return all;
}

using Logits = std::vector<float>;

Logits filled(size_t count, const auto& value) {
  Logits logits(count);
  for (size_t i = 0; i < count; ++i) logits[i] = value(i);
  return logits;
}

/// Ordinary and hostile.
std::vector<Logits> logits_of(size_t n) {
  std::mt19937 random(static_cast<uint32_t>(n));
  std::normal_distribution<float> normal;
  std::vector<Logits> all;
  all.push_back(filled(n, [&](size_t) { return normal(random); }));
  all.push_back(filled(n, [&](size_t) { return 4 * normal(random); }));
  all.push_back(filled(n, [&](size_t i) { return i % 1000 == 7 ? 20 + normal(random) : normal(random); }));
  all.push_back(filled(n, [&](size_t) { return 1.5f; }));
  all.push_back(filled(n, [&](size_t i) { return static_cast<float>(i % 2); }));
  all.push_back(filled(n, [&](size_t) { return std::round(2 * normal(random)); }));
  all.push_back(filled(n, [&](size_t i) { return 1e-42f * static_cast<float>(i % 97); }));
  all.push_back(filled(n, [&](size_t i) { return i % 3 ? -kInfinity : normal(random); }));
  all.push_back(filled(n, [&](size_t i) { return i == n / 2 ? 0.25f : -kInfinity; }));
  all.push_back(filled(n, [&](size_t) { return 3e38f * std::tanh(normal(random)); }));
  all.push_back(filled(n, [&](size_t i) { return 0.0005f * static_cast<float>(i); }));
  all.push_back(filled(n, [&](size_t i) { return -0.0005f * static_cast<float>(i); }));
  all.push_back(filled(n, [&](size_t i) { return i % 2 ? -0.0f : 0.0f; }));
  return all;
}

std::vector<int32_t> sorted(const Logits& logits) {
  std::vector<int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto at = [&](int32_t token) { return logits[static_cast<size_t>(token)]; };
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return at(a) > at(b); });
  return order;
}

/// What may be drawn: the sorted tokens, their weights, and how many are kept at least and at most.
struct Oracle {
  std::vector<int32_t> order;
  std::vector<double> weights;
  size_t least = 0, most = 0;

  Oracle(const Logits& logits, std::vector<int32_t> sorted, const Sampling& s) : order(std::move(sorted)) {
    const auto at = [&](int32_t token) { return logits[static_cast<size_t>(token)]; };
    if (s.top_k > 0) order.resize(std::min(order.size(), static_cast<size_t>(s.top_k)));
    const double best = at(order[0]);
    for (int32_t token : order)
      weights.push_back(at(token) == best ? 1 : std::exp((at(token) - best) / s.temperature));
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    least = kept(s.top_p * sum - kSlack * sum, s.min_p * (1 + kSlack));
    most = s.top_p == 1 ? kept(kInfinity, s.min_p * (1 - kSlack))
                        : kept(s.top_p * sum + kSlack * sum, s.min_p * (1 - kSlack));
  }
  size_t kept(double target, double min_weight) const {
    size_t count = 0;
    for (double sum = 0; count < order.size() && (count == 0 || sum < target); sum += weights[count++]) {
      if (count > 0 && weights[count] < min_weight) break;
    }
    return count;
  }
  /// The share of the kept tokens with lower ids, and with the token itself.
  std::pair<double, double> interval(int32_t token, size_t count) const {
    double below = 0, own = 0, sum = 0;
    for (size_t i = 0; i < count; ++i) {
      sum += weights[i];
      if (order[i] < token) below += weights[i];
      if (order[i] == token) own = weights[i];
    }
    return {below / sum, (below + own) / sum};
  }
};

void expect_allowed(const Oracle& oracle, int32_t token, double uniform) {
  const auto place =
      static_cast<size_t>(std::find(oracle.order.begin(), oracle.order.end(), token) - oracle.order.begin());
  ASSERT_LT(place, oracle.most) << "token " << token << " is cut";
  const auto [low, high] = oracle.interval(token, std::max(oracle.least, place + 1));
  // A cut may stand between `least` and `most`: what lies between moves the intervals.
  const auto [low2, high2] = oracle.interval(token, oracle.most);
  const double slack = 1e-4 + (oracle.most > oracle.least ? 4 * kSlack : 0);
  ASSERT_GE(uniform, std::min(low, low2) - slack);
  ASSERT_LE(uniform, std::max(high, high2) + slack);
}

TEST(SamplerOracle, EverySettingOnEveryKindOfLogits) {
  uint64_t setting = 0;
  for (const size_t n : {1ul, 2ul, 15ul, 1000ul, 1025ul, 6007ul}) {
    for (const Logits& logits : logits_of(n)) {
      if (*std::max_element(logits.begin(), logits.end()) == -kInfinity) continue;
      const std::vector<int32_t> order = sorted(logits);
      for (const int64_t k : {0, 1, 20, 700, 5000, 1 << 20}) {
        for (const double top_p : {0.0, 0.3, 0.95, 1.0}) {
          for (const double min_p : {0.0, 0.05, 1.0}) {
            for (const double temperature : {0.05, 1.0, 50.0}) {
              if (++setting % cases(1, 7) != 0) continue;
              const Sampling sampling = {
                  .temperature = temperature, .top_k = k, .top_p = top_p, .min_p = min_p, .seed = n};
              const Oracle oracle(logits, order, sampling);
              const int64_t position = k + static_cast<int64_t>(100 * top_p + 10 * min_p);
              int32_t first = -1;
              for (const Kernels* kernels : tables()) {
                Logits given = logits;
                auto token = Sampler(sampling, 1 << 30, *kernels).sample(given, position);
                ASSERT_OK(token);
                EXPECT_EQ(std::memcmp(given.data(), logits.data(), 4 * n), 0) << "logits are restored";
                if (first < 0) {
                  first = *token;
                  SCOPED_TRACE(testing::Message()
                               << "n " << n << " k " << k << " p " << top_p << " min " << min_p << " t "
                               << temperature << " first logit " << logits[0]);
                  expect_allowed(oracle, *token, uniform_at(sampling.seed, static_cast<uint64_t>(position)));
                  if (HasFatalFailure()) return;
                }
                ASSERT_EQ(*token, first) << "instruction sets differ";
              }
            }
          }
        }
      }
    }
  }
}

TEST(SamplerOracle, ACutByCountIsExact) {
  for (const size_t n : {1025ul, 5000ul, 30'000ul}) {
    for (const Logits& logits : logits_of(n)) {
      Logits falling = logits;
      std::sort(falling.begin(), falling.end(), std::greater<>());
      for (const size_t k : {size_t{1}, size_t{2}, size_t{20}, n / 3, n / 2, n - 1}) {
        Selection selection(best_kernels());
        const Cut cut = selection.cut(logits, nullptr, static_cast<double>(n), static_cast<double>(k));
        ASSERT_EQ(cut.value, falling[k - 1]) << k;
        const auto chosen = selection.chosen(logits, cut);
        ASSERT_EQ(chosen.size(), k);
        std::vector<int32_t> wanted = sorted(logits);
        wanted.resize(k);
        std::sort(wanted.begin(), wanted.end());
        ASSERT_TRUE(std::equal(chosen.begin(), chosen.end(), wanted.begin()));
      }
    }
  }
}

TEST(SamplerOracle, PenaltiesAndBiasesOfManyTokens) {
  constexpr size_t kTokens = 20'000;
  const Logits logits = logits_of(kTokens)[1];
  Sampling sampling = {
      .temperature = 0, .repetition_penalty = 1.3, .presence_penalty = 0.5, .frequency_penalty = 0.25};
  std::mt19937 random(5);
  std::vector<int> prompt(kTokens), answer(kTokens);
  for (int i = 0; i < 3000; ++i)
    sampling.logit_bias.push_back({static_cast<int32_t>(random() % kTokens), 0.001 * i});
  Sampler sampler(sampling, kTokens);
  for (int i = 0; i < 30'000; ++i) {
    const auto token = static_cast<int32_t>(random() % kTokens);
    sampler.note(token, i % 3 == 0);
    (i % 3 ? prompt : answer)[static_cast<size_t>(token)]++;
  }
  std::vector<float> wanted = logits;
  for (size_t i = 0; i < kTokens; ++i) {
    double value = wanted[i];
    if (prompt[i] + answer[i] > 0) value = value > 0 ? value / 1.3 : value * 1.3;
    if (answer[i] > 0) value -= 0.5 + 0.25 * answer[i];
    wanted[i] = static_cast<float>(value);
  }
  for (const auto& [token, bias] : sampling.logit_bias)
    wanted[static_cast<size_t>(token)] = static_cast<float>(wanted[static_cast<size_t>(token)] + bias);
  Logits given = logits;
  auto token = sampler.sample(given, 3);
  ASSERT_OK(token);
  EXPECT_EQ(*token, std::max_element(wanted.begin(), wanted.end()) - wanted.begin());
  EXPECT_EQ(given, logits);
}

}  // namespace
}  // namespace tug
