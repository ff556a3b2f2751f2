// Sampling: every parameter has its effect, and the draw depends on seed and position alone.
#include "engine/sampler.h"

#include <cmath>
#include <map>

#include "support/expect.h"

namespace tug {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

int32_t sample(const Sampling& sampling, std::vector<float> logits, int64_t position = 0) {
  return value_of(Sampler(sampling, 1000).sample(logits, position));
}

/// Shares of each token over many positions.
std::map<int32_t, double> shares(const Sampling& sampling, const std::vector<float>& logits) {
  constexpr int kDraws = 20000;
  std::map<int32_t, double> counts;
  for (int position = 0; position < kDraws; ++position)
    counts[sample(sampling, logits, position)] += 1.0 / kDraws;
  return counts;
}

std::vector<float> logs(std::vector<double> probabilities) {
  std::vector<float> logits;
  for (double p : probabilities) logits.push_back(static_cast<float>(std::log(p)));
  return logits;
}

TEST(Sampler, GreedyTakesTheLowestIdOfTies) {
  const Sampling greedy{.temperature = 0};
  EXPECT_EQ(sample(greedy, {1, 3, 2, 3}), 1);
}

TEST(Sampler, NoTokenFromBrokenLogits) {
  for (const double temperature : {0.0, 1.0}) {
    for (std::vector<float> logits : {std::vector<float>{1, kNan},
                                      {kNan, 2, 3},
                                      {kNan, kNan},
                                      {0, kInfinity},
                                      {-kInfinity, -kInfinity},
                                      std::vector<float>(100, kNan)}) {
      for (const double penalty : {1.0, 2.0}) {
        Sampler sampler({.temperature = temperature, .repetition_penalty = penalty}, 1000);
        for (int32_t token = 0; token < 3; ++token) sampler.note(token, true);
        EXPECT_EQ(sampler.sample(logits, 4).error().code(), ErrorCode::kCorrupt);
      }
    }
    EXPECT_EQ(sample({.temperature = temperature}, {-kInfinity, -3e38f, -kInfinity}), 1) << "ruled out";
    EXPECT_EQ(sample({.temperature = temperature, .logit_bias = {{0, 1e6}}}, {-kInfinity, 0}), 1);
  }
}

TEST(Sampler, SettingsMakeNoInfinity) {
  Sampler sampler({.temperature = 0, .repetition_penalty = 1e-3}, 1000);
  sampler.note(1, false);
  std::vector<float> logits = {1, 3e38f, 2};
  EXPECT_EQ(value_of(sampler.sample(logits, 0)), 1);
}

TEST(Sampler, DrawsFollowTheProbabilities) {
  const auto seen = shares({}, logs({0.5, 0.3, 0.2}));
  EXPECT_NEAR(seen.at(0), 0.5, 0.02);
  EXPECT_NEAR(seen.at(1), 0.3, 0.02);
  EXPECT_NEAR(seen.at(2), 0.2, 0.02);
  const auto sharp = shares({.temperature = 0.5}, logs({0.5, 0.3, 0.2}));
  EXPECT_NEAR(sharp.at(0), 0.25 / 0.38, 0.02);
}

TEST(Sampler, CutsTheTail) {
  const std::vector<float> logits = logs({0.2, 0.5, 0.05, 0.25});
  EXPECT_EQ(shares({.top_k = 2}, logits).size(), 2u);
  EXPECT_EQ(shares({.top_p = 0.5}, logits).size(), 1u);
  EXPECT_EQ(shares({.top_p = 0.6}, logits).size(), 2u);
  EXPECT_EQ(shares({.top_p = 0}, logits).size(), 1u);
  EXPECT_EQ(shares({.min_p = 0.3}, logits).size(), 3u);
  EXPECT_EQ(shares({.min_p = 1}, logits).size(), 1u);
}

TEST(Sampler, SeedAndPositionDecide) {
  const std::vector<float> logits(50, 0.0f);
  std::vector<int32_t> first, again, other;
  for (int64_t position = 0; position < 40; ++position) {
    first.push_back(sample({.seed = 7}, logits, position));
    again.push_back(sample({.seed = 7}, logits, position));
    other.push_back(sample({.seed = 8}, logits, position));
  }
  EXPECT_EQ(first, again);
  EXPECT_NE(first, other);
}

TEST(Sampler, PenaltiesAndBias) {
  const auto after = [](const Sampling& sampling, bool in_answer, int times, std::vector<float> logits) {
    Sampler sampler(sampling, 1000);
    for (int i = 0; i < times; ++i) sampler.note(0, in_answer);
    return value_of(sampler.sample(logits, 0));
  };
  EXPECT_EQ(after({.temperature = 0, .repetition_penalty = 2}, false, 1, {3, 2}), 1);
  EXPECT_EQ(after({.temperature = 0, .repetition_penalty = 2}, false, 1, {-3, -5}), 1);
  EXPECT_EQ(after({.temperature = 0, .presence_penalty = 2}, false, 1, {3, 2}), 0)
      << "prompts are not punished";
  EXPECT_EQ(after({.temperature = 0, .presence_penalty = 2}, true, 1, {3, 2}), 1);
  EXPECT_EQ(after({.temperature = 0, .frequency_penalty = 0.4}, true, 2, {3, 2}), 0);
  EXPECT_EQ(after({.temperature = 0, .frequency_penalty = 0.4}, true, 3, {3, 2}), 1);
  EXPECT_EQ(after({.temperature = 0, .logit_bias = {{1, 5}}}, true, 0, {3, 2}), 1);
}

TEST(Sampler, PaddingRowsAreNeverChosen) {
  std::vector<float> logits = {1, 2, 9, 9};
  EXPECT_EQ(value_of(Sampler({.temperature = 0}, 2).sample(logits, 0)), 1);
  for (int64_t position = 0; position < 100; ++position) {
    std::vector<float> again = {1, 2, 9, 9};
    EXPECT_LT(value_of(Sampler({}, 2).sample(again, position)), 2);
  }
}

TEST(Sampler, RangesAreChecked) {
  EXPECT_OK(check_sampling({}));
  EXPECT_FALSE(check_sampling({.temperature = -1}).ok());
  EXPECT_FALSE(check_sampling({.temperature = NAN}).ok());
  EXPECT_FALSE(check_sampling({.top_k = -1}).ok());
  EXPECT_FALSE(check_sampling({.top_p = 1.5}).ok());
  EXPECT_FALSE(check_sampling({.repetition_penalty = 0}).ok());
}

}  // namespace
}  // namespace tug
