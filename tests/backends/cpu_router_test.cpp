#include "backends/cpu/router.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace tug::cpu {
namespace {

struct Routed {
  std::vector<int32_t> chosen;
  std::vector<float> weights;
};

Routed route_logits(std::vector<float> logits, int64_t top_k, bool renormalise) {
  Routed routed = {std::vector<int32_t>(static_cast<size_t>(top_k), -1),
                   std::vector<float>(static_cast<size_t>(top_k))};
  route(scalar_kernels(), {top_k, renormalise}, static_cast<int64_t>(logits.size()), logits.data(),
        routed.chosen.data(), routed.weights.data());
  return routed;
}

TEST(CpuRouter, ChoosesTheLargestAndWeighsThem) {
  const Routed plain = route_logits({0.0f, std::log(3.0f), std::log(4.0f), std::log(2.0f)}, 2, false);
  EXPECT_EQ(plain.chosen, (std::vector<int32_t>{2, 1}));
  EXPECT_NEAR(plain.weights[0], 0.4, 1e-6);
  EXPECT_NEAR(plain.weights[1], 0.3, 1e-6);
  const Routed divided = route_logits({0.0f, std::log(3.0f), std::log(4.0f), std::log(2.0f)}, 2, true);
  EXPECT_NEAR(divided.weights[0], 4.0 / 7, 1e-6);
  EXPECT_NEAR(divided.weights[1], 3.0 / 7, 1e-6);
}

TEST(CpuRouter, TiesGoToTheLowerId) {
  EXPECT_EQ(route_logits({1, 2, 2, 2, 1}, 2, true).chosen, (std::vector<int32_t>{1, 2}));
  EXPECT_EQ(route_logits(std::vector<float>(60, 0.0f), 3, true).chosen, (std::vector<int32_t>{0, 1, 2}));
}

TEST(CpuRouter, AnyLogitsGiveDistinctExperts) {
  const float nan = std::nanf("");
  const std::vector<std::vector<float>> hostile = {{nan, nan, nan, nan},
                                                   {1, nan, 2, 3},
                                                   {INFINITY, INFINITY, 0, 0},
                                                   {-INFINITY, -INFINITY, -INFINITY, -INFINITY},
                                                   {1e38f, -1e38f, 0, -1e38f}};
  for (const auto& logits : hostile) {
    for (const int64_t top_k : {1, 3, 4}) {
      const Routed routed = route_logits(logits, top_k, true);
      const std::set<int32_t> distinct(routed.chosen.begin(), routed.chosen.end());
      EXPECT_EQ(distinct.size(), static_cast<size_t>(top_k));
      EXPECT_GE(*distinct.begin(), 0);
      EXPECT_LT(*distinct.rbegin(), 4);
    }
  }
}

}  // namespace
}  // namespace tug::cpu
