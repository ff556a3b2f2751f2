#include "base/exact_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace tug {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// A walk over all floats, NaN left out.
std::vector<float> floats(uint32_t step) {
  std::vector<float> values = {0.0f, -0.0f, kInfinity, -kInfinity};
  for (uint64_t bits = 1; bits < (1ull << 32); bits += step) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(bits));
    if (!std::isnan(value)) values.push_back(value);
  }
  return values;
}

/// Units in the last place of a float, of at least the smallest normal one.
double error_in_ulps(float got, double wanted) {
  if (static_cast<double>(got) == wanted) return 0;
  return std::fabs(got - wanted) / std::ldexp(1.0, std::max(std::ilogb(wanted), -126) - 23);
}

TEST(ExactMath, FloatsAreCloseToLibm) {
  const double largest = std::numeric_limits<float>::max();
  for (const float x : floats(4001)) {
    const double e = std::exp(static_cast<double>(x));
    if (e <= largest) {
      ASSERT_LE(error_in_ulps(exact_exp(x), e), 1.2) << x;
    } else {
      ASSERT_EQ(exact_exp(x), kInfinity) << x;
    }
    if (x > 0) {
      ASSERT_LE(error_in_ulps(exact_log(x), std::log(static_cast<double>(x))), 1.0) << x;
    }
    const double sigmoid = 1 / (1 + std::exp(-static_cast<double>(x)));
    if (sigmoid > 1e-37) {
      ASSERT_LE(error_in_ulps(exact_sigmoid(x), sigmoid), 2.5) << x;
    }
    if (std::fabs(x * sigmoid) > 1e-36) {
      ASSERT_LE(error_in_ulps(exact_silu(x), x * sigmoid), 3.0) << x;
    }
    const double softplus = x > 40 ? x : std::log1p(e);
    if (softplus > 1e-37) {
      ASSERT_LE(error_in_ulps(exact_softplus(x), softplus), 2.5) << x;
    }
  }
}

TEST(ExactMath, FloatLimits) {
  EXPECT_EQ(exact_exp(0.0f), 1.0f);
  EXPECT_EQ(exact_exp(-kInfinity), 0.0f);
  EXPECT_EQ(exact_exp(-103.0f), std::exp(-103.0f));  // subnormal
  EXPECT_TRUE(std::isnan(exact_exp(kNaN)));
  EXPECT_EQ(exact_log(0.0f), -kInfinity);
  EXPECT_EQ(exact_log(1.0f), 0.0f);
  EXPECT_EQ(exact_log(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(exact_log(-1.0f)));
  EXPECT_TRUE(std::isnan(exact_log(kNaN)));
  EXPECT_EQ(exact_sigmoid(-kInfinity), 0.0f);
  EXPECT_EQ(exact_sigmoid(kInfinity), 1.0f);
  EXPECT_EQ(exact_softplus(-kInfinity), 0.0f);
  EXPECT_EQ(exact_softplus(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(exact_softplus(kNaN)));
}

TEST(ExactMath, DoublesAreCloseToLibm) {
  std::mt19937_64 random(1);
  const auto relative_error = [](double got, long double wanted) {
    return static_cast<double>(std::fabs((got - wanted) / wanted));
  };
  for (int i = 0; i < 300'000; ++i) {
    const double x =
        std::ldexp(static_cast<double>(static_cast<int64_t>(random())), static_cast<int>(random() % 60) - 98);
    ASSERT_LE(relative_error(exact_sin(x), std::sin(static_cast<long double>(x))), 4e-16) << x;
    ASSERT_LE(relative_error(exact_cos(x), std::cos(static_cast<long double>(x))), 4e-16) << x;
    if (std::fabs(x) < 700) {
      ASSERT_LE(relative_error(exact_exp(x), std::exp(static_cast<long double>(x))), 4e-16) << x;
    }
    if (x > 0) {
      ASSERT_LE(relative_error(exact_log(x), std::log(static_cast<long double>(x))), 4e-16) << x;
    }
  }
}

TEST(ExactMath, DoubleLimits) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(exact_exp(710.0), kInfinite);
  EXPECT_EQ(exact_exp(-746.5), 0.0);
  EXPECT_EQ(exact_exp(-745.0), std::exp(-745.0));
  EXPECT_EQ(exact_log(0.0), -kInfinite);
  EXPECT_EQ(exact_log(5e-324), std::log(5e-324));
  EXPECT_TRUE(std::isnan(exact_log(-1.0)));
  EXPECT_TRUE(std::isnan(exact_sin(kInfinite)));
  EXPECT_EQ(exact_sin(0.0), 0.0);
  EXPECT_EQ(exact_cos(0.0), 1.0);
}

}  // namespace
}  // namespace tug
