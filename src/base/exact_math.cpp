// Reduce to a short interval with constants cut so that the products are exact, then sum the Taylor series.
#include "base/exact_math.h"

#include <cstddef>
#include <limits>

namespace tug {
namespace {

constexpr double kToInteger = 0x1.8p52;  // a sum this large has no fraction: its low bits are the integer

struct Rounded {
  double value;
  uint64_t bits;  // of the integer, modulo 2^51
};

Rounded round_to_integer(double x) {
  const double shifted = x + kToInteger;
  return {shifted - kToInteger, std::bit_cast<uint64_t>(shifted)};
}

double power_of_two(int64_t exponent) {
  return std::bit_cast<double>(static_cast<uint64_t>(exponent + 1023) << 52);
}

/// Sum of coefficients[i] * x^i, from the smallest term up.
template <size_t kCount>
double polynomial(const double (&coefficients)[kCount], double x) {
  double sum = coefficients[kCount - 1];
  for (size_t i = kCount - 1; i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

// |x| <= pi/4; the next terms are below 1e-16.
double short_sin(double x) {
  constexpr double kSeries[] = {-1.0 / 6,        1.0 / 120,        -1.0 / 5040,         1.0 / 362880,
                                -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368000};
  const double z = x * x;
  return x + x * z * polynomial(kSeries, z);
}
double short_cos(double x) {
  constexpr double kSeries[] = {1.0 / 24,        -1.0 / 720,         1.0 / 40320,         -1.0 / 3628800,
                                1.0 / 479001600, -1.0 / 87178291200, 1.0 / 20922789888000};
  const double z = x * x;
  return 1.0 - (0.5 * z - z * z * polynomial(kSeries, z));
}

/// sin(x + quarters * pi/2).
double sin_shifted(double x, uint64_t quarters) {
  if (!(x - x == 0)) return std::numeric_limits<double>::quiet_NaN();
  // pi/2 in four parts; the first three have 29 bits each, so that n times a part is exact for n below 2^24.
  constexpr double kParts[] = {0x1.921fb54p+0, 0x1.10b461p-30, 0x1.a626331p-58, 0x1.1701b839a252p-88};
  const Rounded n = round_to_integer(x * 0x1.45f306dc9c883p-1);
  double high = x - n.value * kParts[0];
  double low = 0;
  for (int i = 1; i < 4; ++i) {
    const double part = n.value * kParts[i];
    const double difference = high - part;
    const double back = high - difference;
    low += (back - part) + (high - (difference + back));
    high = difference;
  }
  const double r = high + low;
  const uint64_t quadrant = (n.bits + quarters) & 3;
  const double value = quadrant & 1 ? short_cos(r) : short_sin(r);
  return quadrant & 2 ? -value : value;
}

}  // namespace

double exact_exp(double x) {
  if (x != x) return x;
  if (x > 710) return std::numeric_limits<double>::infinity();
  if (x < -746) return 0;
  constexpr double kSeries[] = {1.0 / 2,       1.0 / 6,        1.0 / 24,        1.0 / 120,
                                1.0 / 720,     1.0 / 5040,     1.0 / 40320,     1.0 / 362880,
                                1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
  const double n = round_to_integer(x * 0x1.71547652b82fep+0).value;
  const double r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;  // ln 2; the first product is exact
  const double value = 1.0 + (r + r * r * polynomial(kSeries, r));
  const auto exponent = static_cast<int64_t>(n);
  return value * power_of_two(exponent / 2) * power_of_two(exponent - exponent / 2);
}

double exact_log(double x) {
  if (!(x > 0))
    return x == 0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  if (x > std::numeric_limits<double>::max()) return x;
  const bool tiny = x < std::numeric_limits<double>::min();
  const auto bits = std::bit_cast<uint64_t>(tiny ? x * 0x1p54 : x);
  // x = 2^k * m with m in [sqrt(1/2), sqrt(2)).
  constexpr uint64_t kRootHalf = 0x3fe6a09e667f3bcd;
  const int64_t k = static_cast<int64_t>(bits - kRootHalf) >> 52;
  const double f = std::bit_cast<double>(bits - (static_cast<uint64_t>(k) << 52)) - 1.0;
  const auto e = static_cast<double>(k - (tiny ? 54 : 0));
  // log(1+f) = f - f^2/2 + s*(f^2/2 + R), s = f/(2+f), 2*atanh(s) = 2s + s*R.
  constexpr double kSeries[] = {2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11,
                                2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21};
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double half_square = 0.5 * f * f;
  const double correction = s * (half_square + z * polynomial(kSeries, z)) + e * 0x1.a39ef35793c76p-33;
  return e * 0x1.62e42feep-1 - ((half_square - correction) - f);
}

double exact_sin(double x) { return sin_shifted(x, 0); }
double exact_cos(double x) { return sin_shifted(x, 1); }

}  // namespace tug
