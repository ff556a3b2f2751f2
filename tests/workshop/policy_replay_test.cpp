// Policies on traces whose answer is known.
#include "workshop/policy_replay.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace tug {
namespace {

using Request = CountingStore::Request;

std::map<std::string, double> rates(const std::vector<Request>& trace, size_t warm_up, int64_t places) {
  std::map<std::string, double> all;
  for (const Replayed& replayed : replay_policies(trace, warm_up, places))
    all[replayed.policy] = replayed.hit_rate;
  return all;
}

TEST(PolicyReplay, ACycleOneLargerThanTheCache) {
  std::vector<Request> trace;
  for (int32_t i = 0; i < 400; ++i) trace.push_back({.block = 1, .experts = {i % 4}});
  const auto rate = rates(trace, 0, 3);
  EXPECT_EQ(rate.at("lru"), 0) << "each one is dropped just before it is needed";
  EXPECT_DOUBLE_EQ(rate.at("static"), 0.75);
  EXPECT_NEAR(rate.at("belady"), 2.0 / 3, 0.01);
}

TEST(PolicyReplay, RoomForAll) {
  std::vector<Request> trace;
  for (int32_t i = 0; i < 100; ++i) trace.push_back({.block = i % 2, .experts = {i % 5, 5 + i % 3}});
  for (const auto& [policy, rate] : rates(trace, 50, 100)) EXPECT_EQ(rate, 1) << policy;
}

TEST(PolicyReplay, FrequencyBeatsRecencyOnSkewedDraws) {
  std::vector<Request> trace;
  for (uint64_t i = 0; i < 5000; ++i) {
    const double u = uniform_at(3, i);
    trace.push_back({.block = 0, .experts = {static_cast<int32_t>(200 * u * u * u)}});
  }
  const auto rate = rates(trace, 1000, 30);
  EXPECT_GT(rate.at("lfu"), rate.at("lru"));
  EXPECT_GE(rate.at("static") + 0.02, rate.at("lfu"));
  for (const auto& [policy, value] : rate) EXPECT_GE(rate.at("belady") + 1e-9, value) << policy;
}

TEST(PolicyReplay, NothingToReplay) {
  EXPECT_TRUE(replay_policies({}, 0, 10).empty());
  EXPECT_TRUE(replay_policies(std::vector<Request>(3), 0, 0).empty());
}

}  // namespace
}  // namespace tug
