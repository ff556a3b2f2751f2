// Work on single rows: each against its definition, bits equal between instruction sets, nothing written
// beyond.
#include <functional>

#include "base/exact_math.h"
#include "kernels/kernel_tables.h"

namespace tug {
namespace {

const std::vector<int64_t> kSizes = {1, 2, 15, 16, 17, 31, 32, 33, 128, 1000};
constexpr float kGuard = -12345.0f;

/// Element i in sum i mod 16, the sums folded 16 to 8, 4, 2, 1.
float folded_sum(const std::vector<float>& terms_a, const std::vector<float>& terms_b) {
  float sums[16] = {};
  for (size_t i = 0; i < terms_a.size(); ++i) sums[i % 16] = std::fma(terms_a[i], terms_b[i], sums[i % 16]);
  for (int half = 8; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) sums[i] += sums[i + half];
  }
  return sums[0];
}

/// Runs `work` with a guarded copy of `start` on every table and compares with the wanted values.
void expect_everywhere(const std::vector<float>& start, const std::vector<float>& wanted,
                       const std::function<void(const Kernels&, float*)>& work) {
  for (const auto& [name, kernels] : available_kernels()) {
    SCOPED_TRACE(name);
    std::vector<float> values = start;
    values.resize(start.size() + 17, kGuard);
    work(*kernels, values.data());
    std::vector<float> guarded = wanted;
    guarded.resize(start.size() + 17, kGuard);
    ASSERT_EQ(comparable_bits(values), comparable_bits(guarded));
  }
}

TEST(Rows, ElementwiseWork) {
  for (const int64_t n : kSizes) {
    SCOPED_TRACE(n);
    const auto size = static_cast<size_t>(n);
    const std::vector<float> x = random_floats(size, 1), y = random_floats(size, 2, 5.0f);
    std::vector<float> added(size), multiplied(size), scaled(size), silu(size), sigmoid(size), exps(size);
    for (size_t i = 0; i < size; ++i) {
      added[i] = std::fma(0.3f, y[i], x[i]);
      exps[i] = exact_exp(x[i]);
      multiplied[i] = x[i] * y[i];
      scaled[i] = x[i] * 0.3f;
      silu[i] = x[i] * exact_silu(y[i]);
      sigmoid[i] = x[i] * exact_sigmoid(y[i]);
    }
    expect_everywhere(x, added, [&](const Kernels& k, float* to) { k.add_scaled(0.3f, y.data(), n, to); });
    expect_everywhere(x, multiplied, [&](const Kernels& k, float* to) { k.multiply(to, y.data(), n, to); });
    expect_everywhere(x, exps, [&](const Kernels& k, float* to) { k.exp(n, to); });
    expect_everywhere(x, scaled, [&](const Kernels& k, float* to) { k.scale(0.3f, n, to); });
    expect_everywhere(
        x, silu, [&](const Kernels& k, float* to) { k.apply_gate(GateKind::kSilu, to, y.data(), n, to); });
    expect_everywhere(x, sigmoid, [&](const Kernels& k, float* to) {
      k.apply_gate(GateKind::kSigmoid, to, y.data(), n, to);
    });
  }
}

TEST(Rows, DotAndNorm) {
  for (const int64_t n : kSizes) {
    SCOPED_TRACE(n);
    const std::vector<float> x = random_floats(static_cast<size_t>(n), 1),
                             w = random_floats(static_cast<size_t>(n), 2);
    std::vector<float> normed(x.size());
    const float factor = 1.0f / std::sqrt(folded_sum(x, x) / static_cast<float>(n) + 1e-6f);
    for (size_t i = 0; i < x.size(); ++i) normed[i] = x[i] * factor * (w[i] + 1.0f);
    expect_everywhere(x, normed,
                      [&](const Kernels& k, float* to) { k.rms_norm(to, w.data(), 1.0f, 1e-6f, n, to); });
    for (const auto& [name, kernels] : available_kernels()) {
      EXPECT_EQ(kernels->dot(x.data(), w.data(), n), folded_sum(x, w)) << name;
    }
  }
}

TEST(Rows, ANormWhoseSquaresOverflowIsNoNumber) {
  for (const float value : {2e19f, -3e38f, INFINITY}) {
    const std::vector<float> x(40, value), w(40, 1.0f);
    for (const auto& [name, kernels] : available_kernels()) {
      std::vector<float> y(40);
      kernels->rms_norm(x.data(), w.data(), 0.0f, 1e-6f, 40, y.data());
      for (const float one : y) EXPECT_TRUE(std::isnan(one)) << name << " " << value;
    }
  }
}

TEST(Rows, Softmax) {
  for (const int64_t n : kSizes) {
    SCOPED_TRACE(n);
    const std::vector<float> x = random_floats(static_cast<size_t>(n), 1, 10.0f);
    const std::vector<float> ones(x.size(), 1.0f);
    const float max = *std::max_element(x.begin(), x.end());
    std::vector<float> exps;
    for (const float value : x) exps.push_back(exact_exp(value - max));
    expect_everywhere(x, exps, [&](const Kernels& k, float* to) {
      const SoftmaxSum sum = k.softmax(n, to);
      EXPECT_EQ(sum.max, max);
      EXPECT_EQ(sum.sum, folded_sum(exps, ones));
    });
  }
}

TEST(Rows, SoftmaxOfNonFiniteValuesIsTheSameEverywhere) {
  for (const float bad : {std::nanf(""), INFINITY, -INFINITY}) {
    for (const size_t at : {0u, 3u, 20u}) {
      std::vector<float> x = random_floats(21, 4);
      x[at] = bad;
      std::vector<float> wanted = x;
      scalar_kernels().softmax(21, wanted.data());
      expect_everywhere(x, wanted, [](const Kernels& k, float* to) { k.softmax(21, to); });
    }
  }
}

TEST(Rows, Convolution) {
  for (const int64_t taps : {1, 2, 4, 7}) {
    for (const int64_t n : kSizes) {
      const std::vector<float> inputs = random_floats(static_cast<size_t>(taps * n), 1);
      const std::vector<float> weights = random_floats(static_cast<size_t>(taps * n), 2);
      std::vector<const float*> input_rows, weight_rows;
      for (int64_t j = 0; j < taps; ++j) {
        input_rows.push_back(&inputs[static_cast<size_t>(j * n)]);
        weight_rows.push_back(&weights[static_cast<size_t>(j * n)]);
      }
      std::vector<float> wanted(static_cast<size_t>(n));
      for (int64_t c = 0; c < n; ++c) {
        float sum = 0;
        for (size_t j = 0; j < input_rows.size(); ++j)
          sum = std::fma(input_rows[j][c], weight_rows[j][c], sum);
        wanted[static_cast<size_t>(c)] = exact_silu(sum);
      }
      expect_everywhere(std::vector<float>(static_cast<size_t>(n)), wanted, [&](const Kernels& k, float* to) {
        k.convolve(input_rows.data(), weight_rows.data(), taps, n, to);
      });
    }
  }
}

TEST(Rows, StateUpdate) {
  for (const int64_t keys : {1, 3, 4, 6, 128}) {
    for (const int64_t count : {0, 1, 5, 32}) {
      const auto size = static_cast<size_t>(keys * 16);
      const std::vector<float> start = random_floats(size, 1),
                               factors = random_floats(static_cast<size_t>(count), 2);
      const std::vector<float> k = random_floats(static_cast<size_t>(count * keys), 3);
      const std::vector<float> u = random_floats(static_cast<size_t>(count * 16), 4);
      std::vector<const float*> k_rows, u_rows;
      for (int64_t s = 0; s < count; ++s) {
        k_rows.push_back(k.data() + s * keys);
        u_rows.push_back(u.data() + s * 16);
      }
      std::vector<float> wanted(size);
      for (size_t i = 0; i < size; ++i) {
        float sum = start[i] * 0.75f;
        for (size_t s = 0; s < k_rows.size(); ++s)
          sum = std::fma(factors[s] * k_rows[s][i / 16], u_rows[s][i % 16], sum);
        wanted[i] = sum;
      }
      expect_everywhere(start, wanted, [&](const Kernels& table, float* to) {
        table.update_state(0.75f, factors.data(), k_rows.data(), u_rows.data(), count, keys, start.data(),
                           to);
      });
    }
  }
}

}  // namespace
}  // namespace tug
