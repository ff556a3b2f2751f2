// The most likely tokens against a sorted vocabulary; the logarithm of a sum against the C library.
#include "engine/log_probabilities.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "support/expect.h"

namespace tug {
namespace {

std::vector<std::vector<float>> rows(size_t n) {
  std::vector<std::vector<float>> all(5, std::vector<float>(n));
  for (size_t i = 0; i < n; ++i) {
    const auto random = static_cast<float>(uniform_at(7, i));
    all[0][i] = 20 * random - 10;
    all[1][i] = std::floor(4 * random);  // many equals
    all[2][i] = 1.5f;
    all[3][i] = static_cast<float>(i);
    all[4][i] = -static_cast<float>(i / 600);  // equals across blocks
  }
  return all;
}

TEST(LogProbabilities, TheBestFirstAndOfEqualsTheLowerId) {
  for (const size_t n : {1ul, 20ul, 512ul, 513ul, 5000ul}) {
    for (const std::vector<float>& logits : rows(n)) {
      std::vector<int32_t> order(n);
      std::iota(order.begin(), order.end(), 0);
      const auto at = [&](int32_t token) { return logits[static_cast<size_t>(token)]; };
      std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return at(a) > at(b); });
      for (const int64_t count : {0, 1, 2, 20, 700, 6000}) {
        const auto best = most_likely(logits, 0.5, count);
        ASSERT_EQ(std::ssize(best), std::min<int64_t>(count, std::ssize(logits)));
        for (size_t i = 0; i < best.size(); ++i) {
          ASSERT_EQ(best[i].token, order[i]) << i << " of " << count << " of " << n;
          ASSERT_EQ(best[i].log_probability, at(order[i]) - 0.5);
        }
      }
    }
  }
}

TEST(LogProbabilities, TheLogarithmOfASum) {
  for (const size_t n : {1ul, 9ul, 5000ul}) {
    for (const std::vector<float>& logits : rows(n)) {
      const float top = *std::max_element(logits.begin(), logits.end());
      EXPECT_EQ(value_of(largest_logit(logits, 3)), top);
      double sum = 0;
      for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - top);
      EXPECT_NEAR(log_sum_exp(logits, top), top + std::log(sum), 1e-11);
    }
  }
}

TEST(LogProbabilities, LogitsThatAreNoNumbersAreRefused) {
  for (const float wrong : {INFINITY, -INFINITY, NAN}) {
    std::vector<float> logits(100, 1.0f);
    logits[70] = wrong;
    const auto largest = largest_logit(logits, 3);
    ASSERT_FALSE(largest.ok());
    EXPECT_EQ(largest.error().code(), ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace tug
