// Passes over many numbers: against plain loops, with hostile numbers, the same bits on every instruction
// set.
#include <algorithm>
#include <limits>

#include "kernels/kernel_tables.h"

namespace tug {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int64_t kSizes[] = {0, 1, 7, 8, 15, 16, 17, 33, 1000, 4096};

std::vector<float> numbers(int64_t n, float spread) {
  std::vector<float> x = random_floats(static_cast<size_t>(n), 7, spread);
  for (size_t i = 3; i < x.size(); i += 11) x[i] = x[i - 2];  // equals
  for (size_t i = 5; i < x.size(); i += 13) x[i] = -kInfinity;
  for (size_t i = 6; i < x.size(); i += 17) x[i] = 1e-42f;
  return x;
}

TEST(Choice, ThePeakSeesEveryNumber) {
  for (const auto& [name, kernels] : available_kernels()) {
    EXPECT_EQ(kernels->peak(nullptr, 0).max, -kInfinity);
    for (const size_t n : {1ul, 15ul, 16ul, 17ul, 50ul}) {
      for (size_t at = 0; at < n; ++at) {
        SCOPED_TRACE(name + " " + std::to_string(n) + " " + std::to_string(at));
        std::vector<float> x(n, -3.0f);
        x[at] = -2.0f;
        EXPECT_EQ(kernels->peak(x.data(), static_cast<int64_t>(n)).max, -2.0f);
        x[at] = -kInfinity;
        EXPECT_EQ(kernels->peak(x.data(), static_cast<int64_t>(n)).magnitude, kInfinity);
        x[at] = kInfinity;
        EXPECT_EQ(kernels->peak(x.data(), static_cast<int64_t>(n)).max, kInfinity);
        x[at] = -std::numeric_limits<float>::quiet_NaN();
        EXPECT_TRUE(std::isnan(kernels->peak(x.data(), static_cast<int64_t>(n)).magnitude));
        EXPECT_EQ(kernels->peak(x.data(), static_cast<int64_t>(n)).max, n > 1 ? -3.0f : -kInfinity);
      }
    }
  }
}

TEST(Choice, SumsOfExps) {
  for (const int64_t n : kSizes) {
    const std::vector<float> x = numbers(n, 4);
    const float top = n > 0 ? *std::max_element(x.begin(), x.end()) : 0;
    double wanted = 0;
    for (const float value : x) wanted += std::exp(static_cast<double>(value) - top);
    std::vector<uint32_t> truth;
    double precise = -1;
    for (const auto& [name, kernels] : available_kernels()) {
      SCOPED_TRACE(name + " " + std::to_string(n));
      std::vector<float> y(x.size() + 1, -7.0f);
      y.back() = kernels->exp_sum(x.data(), n, top, 1.0f, y.data());
      EXPECT_NEAR(y.back(), wanted, 1e-6 * wanted);
      if (truth.empty()) truth = comparable_bits(y);
      EXPECT_EQ(comparable_bits(y), truth);
      const double sum = kernels->precise_exp_sum(x.data(), n, top);
      EXPECT_NEAR(sum, wanted, 1e-11 * wanted + 1e-300);
      if (precise < 0) precise = sum;
      EXPECT_EQ(sum, precise);
    }
  }
}

TEST(Choice, KeepsAndSplits) {
  for (const int64_t n : kSizes) {
    const std::vector<float> x = numbers(n, 1), weights(x.size(), 0.5f);
    for (const float low : {-kInfinity, -0.5f, 0.0f, 1e-42f, n > 3 ? x[1] : 0.0f}) {
      for (const float high : {low, 0.7f, kInfinity}) {
        if (high < low) continue;
        std::vector<int32_t> wanted;
        double above = 0, kept = 0;
        for (size_t i = 0; i < x.size(); ++i) {
          if (low <= x[i] && x[i] <= high) wanted.push_back(static_cast<int32_t>(7 + i));
          if (x[i] > high) above += 0.5;
          if (x[i] >= low) kept += 0.5;
        }
        for (const auto& [name, kernels] : available_kernels()) {
          SCOPED_TRACE(name + " " + std::to_string(n));
          std::vector<int32_t> indices(x.size() + 15);
          const Split split = kernels->split(x.data(), weights.data(), n, low, high, 7, indices.data());
          EXPECT_EQ(split.above, above);
          EXPECT_EQ(split.between, 0.5 * static_cast<double>(wanted.size()));
          ASSERT_EQ(split.count, static_cast<int64_t>(wanted.size()));
          indices.resize(wanted.size());
          EXPECT_EQ(indices, wanted);
          EXPECT_EQ(kernels->split(x.data(), weights.data(), n, low, high, 7, nullptr).count, split.count);
          std::vector<float> y = weights;
          EXPECT_EQ(kernels->keep_from(x.data(), low, n, y.data()), kept);
          for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i], x[i] < low ? 0.0f : 0.5f);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tug
