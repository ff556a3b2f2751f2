#include <limits>

#include "base/exact_math.h"
#include "kernels/kernel_tables.h"

namespace tug {
namespace {

// The kernels' vectors run the same functions: through softmax (exp; the largest value is 0) and the gates.
TEST(LaneMath, VectorsHaveTheBitsOfTheScalar) {
  std::vector<float> inputs = {0.0f, -0.0f, kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()};
  for (uint64_t bits = 1; bits < (1ull << 32); bits += 50'021) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(bits));
    if (!std::isnan(value)) inputs.push_back(value);
  }
  std::vector<float> negative, exps;
  for (const float x : inputs) negative.push_back(std::isnan(x) ? x : -std::fabs(x));
  for (const float x : negative) exps.push_back(exact_exp(x));
  const std::vector<float> ones(inputs.size(), 1.0f);
  for (const auto& [name, kernels] : available_kernels()) {
    SCOPED_TRACE(name);
    std::vector<float> got = negative;
    const auto n = static_cast<int64_t>(got.size());
    EXPECT_EQ(kernels->softmax(n, got.data()).max, 0.0f);
    EXPECT_EQ(comparable_bits(got), comparable_bits(exps));
    for (const GateKind kind : {GateKind::kSilu, GateKind::kSigmoid}) {
      kernels->apply_gate(kind, ones.data(), inputs.data(), n, got.data());
      for (size_t i = 0; i < inputs.size(); ++i) {
        const float wanted = kind == GateKind::kSilu ? exact_silu(inputs[i]) : exact_sigmoid(inputs[i]);
        ASSERT_EQ(comparable_bits(got[i]), comparable_bits(wanted)) << inputs[i];
      }
    }
  }
}

}  // namespace
}  // namespace tug
