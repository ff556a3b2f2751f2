// The anchored form of Gated DeltaNet: the reference's golden numbers, and the same bits however the tokens
// come.
#include <cmath>
#include <random>

#include "backends/cpu/delta_net_state.h"
#include "backends/cpu/workspace.h"
#include "base/exact_math.h"
#include "support/expect.h"

namespace tug::cpu {
namespace {

/// A generator of numbers in [-1, 1).
class GoldenNumbers {
 public:
  std::vector<float> take(size_t count) {
    std::vector<float> values(count);
    for (float& value : values) {
      uint32_t x = static_cast<uint32_t>(++n_ * 2654435761u + 12345u);
      x ^= x >> 16;
      x *= 0x45d9f3bu;
      x ^= x >> 16;
      value = static_cast<float>(x / 2147483648.0 - 1);
    }
    return values;
  }

 private:
  uint64_t n_ = 0;
};

/// One value head and the memory to run it.
struct Head {
  explicit Head(DeltaShape s)
      : shape(s), state(static_cast<size_t>(s.head_floats())), memory_(measure(s)), head(s, state.data()) {}

  /// Feeds tokens first .. first + count - 1 of q, k [T, Dk], v [T, Dv], each row `shape.keys` floats (Dv <=
  /// Dk).
  void feed(const std::vector<float>& q, const std::vector<float>& k, const std::vector<float>& v,
            const std::vector<float>& log_decays, const std::vector<float>& betas, int64_t first,
            int64_t count, std::vector<float>& out) {
    while (count > 0) {
      const int64_t now = std::min(count, kAnchor - first % kAnchor);
      const DeltaTokens tokens = {first,
                                  now,
                                  &q[first * shape.keys],
                                  &k[first * shape.keys],
                                  &v[first * shape.keys],
                                  shape.keys,
                                  &log_decays[first],
                                  &betas[first],
                                  &out[first * shape.values],
                                  shape.values};
      Bump bump(memory_.data());
      advance(scalar_kernels(), shape, head, tokens, DeltaScratch(bump, shape));
      first += now;
      count -= now;
    }
  }
  float& memory(int64_t block, int64_t key, int64_t value) {
    return head.memory(block)[(value / 16 * shape.keys + key) * 16 + value % 16];
  }
  static std::vector<std::byte> measure(const DeltaShape& s) {
    Bump bump;
    DeltaScratch(bump, s);
    return std::vector<std::byte>(static_cast<size_t>(bump.used()));
  }

  DeltaShape shape;
  std::vector<float> state;
  std::vector<std::byte> memory_;
  DeltaHead head;
};

/// v [T, Dv] with rows of Dk floats, Dv <= Dk.
std::vector<float> widened(const std::vector<float>& v, size_t dv, size_t dk) {
  std::vector<float> wide(v.size() / dv * dk);
  for (size_t i = 0; i < v.size(); ++i) wide[i / dv * dk + i % dv] = v[i];
  return wide;
}

TEST(CpuDeltaNet, GoldenNumbersOfTheReference) {
  GoldenNumbers numbers;
  constexpr int64_t kTokens = 7, kKeys = 4, kValues = 3;
  Head head({kKeys, kValues});
  const auto q = numbers.take(kTokens * kKeys), k = numbers.take(kTokens * kKeys);
  const auto v = widened(numbers.take(kTokens * kValues), kValues, kKeys);
  std::vector<float> g = numbers.take(kTokens), beta = numbers.take(kTokens);
  for (float& a : g) a = -exact_exp(0.25f) * exact_softplus(a - 0.5f);
  for (float& b : beta) b = exact_sigmoid(b);
  const auto start = numbers.take(kKeys * kValues);
  for (int64_t i = 0; i < kKeys * kValues; ++i)
    head.memory(0, i / kValues, i % kValues) = start[static_cast<size_t>(i)];
  std::vector<float> out(kTokens * kValues);
  head.feed(q, k, v, g, beta, 0, kTokens, out);

  const float golden_g[] = {-1.0954041f, -1.0874959f, -1.1526842f, -0.9081976f,
                            -0.6684091f, -0.2931886f, -0.6799286f};
  const float golden_o[3][3] = {{-0.1174090f, 0.1938052f, 0.1765646f},
                                {-0.0428264f, -0.0105287f, 0.1063234f},
                                {0.0097482f, 0.0180546f, -0.0214713f}};
  for (size_t t = 0; t < 7; ++t) EXPECT_NEAR(g[t], golden_g[t], 3e-7);
  for (size_t i = 0; i < 3; ++i) {
    for (size_t d = 0; d < 3; ++d)
      EXPECT_NEAR(out[(3 * i) * kValues + d], golden_o[i][d], 3e-7) << i << " " << d;
  }

  // The golden state after 7 tokens: more that neither decay nor write move the boundary there.
  const std::vector<float> none(kAnchor, 0.0f), rows(kAnchor * kKeys, 0.0f);
  std::vector<float> ignored(kAnchor * kValues);
  head.feed(rows, rows, rows, none, none, kTokens, kAnchor - kTokens, ignored);
  const float golden_s[4][3] = {{0.0386806f, -0.0347878f, 0.0669927f},
                                {-0.0040364f, -0.0078509f, -0.0242069f},
                                {-0.0245814f, -0.0528976f, 0.0428432f},
                                {-0.0012204f, -0.0113661f, -0.0076424f}};
  for (int64_t i = 0; i < kKeys; ++i) {
    for (int64_t d = 0; d < kValues; ++d)
      EXPECT_NEAR(head.memory(1, i, d), golden_s[i][d], 3e-7) << i << " " << d;
  }
}

struct RandomTokens {
  RandomTokens(const DeltaShape& shape, size_t tokens) {
    std::mt19937 random(9);
    std::normal_distribution<float> normal;
    for (auto* values : {&q, &k, &v}) {
      values->resize(tokens * static_cast<size_t>(shape.keys));
      for (float& value : *values) value = normal(random);
    }
    for (size_t t = 0; t < tokens; ++t) {
      g.push_back(t % 11 == 3 ? -90.0f : -0.1f * std::fabs(normal(random)));  // some tokens forget everything
      beta.push_back(exact_sigmoid(normal(random)));
    }
  }
  std::vector<float> q, k, v, g, beta;
};

TEST(CpuDeltaNet, ChunksGiveTheBitsOfSingleTokens) {
  for (const DeltaShape shape : {DeltaShape{16, 16}, DeltaShape{33, 20}, DeltaShape{128, 128}}) {
    constexpr int64_t kTokens = 101;
    const RandomTokens t(shape, kTokens);
    std::vector<float> expected(static_cast<size_t>(kTokens * shape.values));
    Head alone(shape);
    for (int64_t i = 0; i < kTokens; ++i) alone.feed(t.q, t.k, t.v, t.g, t.beta, i, 1, expected);
    for (const int64_t chunk : {7, 32, 64, 101}) {
      Head chunked(shape);
      std::vector<float> out(expected.size());
      for (int64_t i = 0; i < kTokens; i += chunk) {
        chunked.feed(t.q, t.k, t.v, t.g, t.beta, i, std::min(chunk, kTokens - i), out);
      }
      EXPECT_EQ(out, expected) << "chunks of " << chunk;
    }
  }
}

/// The plain recurrence, in double.
TEST(CpuDeltaNet, FollowsTheRecurrence) {
  const DeltaShape shape = {24, 20};
  constexpr size_t kTokens = 150, kKeys = 24, kValues = 20;
  const RandomTokens t(shape, kTokens);
  std::vector<float> out(kTokens * kValues);
  Head head(shape);
  head.feed(t.q, t.k, t.v, t.g, t.beta, 0, kTokens, out);
  std::vector<double> state(kKeys * kValues);
  for (size_t i = 0; i < kTokens; ++i) {
    double q_norm = 1e-6, k_norm = 1e-6;
    for (size_t d = 0; d < kKeys; ++d) {
      q_norm += static_cast<double>(t.q[i * kKeys + d]) * t.q[i * kKeys + d];
      k_norm += static_cast<double>(t.k[i * kKeys + d]) * t.k[i * kKeys + d];
    }
    for (size_t v = 0; v < kValues; ++v) {
      double known = 0, answer = 0;
      for (size_t d = 0; d < kKeys; ++d) {
        state[d * kValues + v] *= std::exp(static_cast<double>(t.g[i]));
        known += state[d * kValues + v] * t.k[i * kKeys + d] / std::sqrt(k_norm);
      }
      const double delta = t.beta[i] * (t.v[i * kKeys + v] - known);
      for (size_t d = 0; d < kKeys; ++d) {
        state[d * kValues + v] += t.k[i * kKeys + d] / std::sqrt(k_norm) * delta;
        answer += state[d * kValues + v] * t.q[i * kKeys + d] / std::sqrt(q_norm * kKeys);
      }
      ASSERT_NEAR(out[i * kValues + v], answer, 2e-6) << "token " << i;
    }
  }
}

TEST(CpuDeltaNet, TheLastTokensCanBeDroppedAndComputedAnew) {
  const DeltaShape shape = {16, 16};
  constexpr int64_t kTokens = 80;
  const RandomTokens t(shape, kTokens), other(shape, 2 * kTokens);
  std::vector<float> expected(kTokens * 16), out(kTokens * 16), ignored(2 * kTokens * 16);
  Head(shape).feed(t.q, t.k, t.v, t.g, t.beta, 0, kTokens, expected);
  for (int64_t length = 0; length < kTokens - kDropMax; length += 3) {
    for (int64_t drop = 1; drop <= kDropMax; drop += 5) {
      Head head(shape);
      head.feed(t.q, t.k, t.v, t.g, t.beta, 0, length, out);
      head.feed(other.q, other.k, other.v, other.g, other.beta, length, drop, ignored);
      head.feed(t.q, t.k, t.v, t.g, t.beta, length, kTokens - length, out);
      ASSERT_EQ(out, expected) << drop << " dropped at " << length;
    }
  }
}

}  // namespace
}  // namespace tug::cpu
