// Products of panels: against plain loops, between instruction sets, alone and in tiles.
#include <algorithm>

#include "kernels/finite_blocks.h"
#include "kernels/formats/float.h"
#include "kernels/kernel_tables.h"
#include "kernels/packing.h"
#include "tensor/pseudo_bytes.h"

namespace tug {
namespace {

constexpr float kGuard = -12345.0f;

/// Rows of activations as codes.
struct QuantRows {
  std::vector<int8_t> codes;
  std::vector<float> scales;
  std::vector<int16_t> sums, half_sums;
  std::vector<QuantRow> rows;

  QuantRows(const Kernels& kernels, const std::vector<float>& x, int64_t k, int64_t group)
      : codes(x.size()),
        scales(x.size() / static_cast<size_t>(group)),
        sums(x.size() / 32),
        half_sums(x.size() / 16) {
    for (int64_t at = 0; at < static_cast<int64_t>(x.size()); at += k) {
      const QuantRowOut to = {&codes[at], &scales[at / group], &sums[at / 32], &half_sums[at / 16]};
      kernels.quantise(&x[at], k, group, to);
      rows.push_back({to.codes, to.scales, to.sums, to.half_sums});
    }
  }
};

DotCodes dot_of(const Kernels& kernels, Type type) { return kernels.*panel_format(type).dot_codes; }
int64_t group_of(Type type) { return panel_format(type).form == kCodes32 ? 32 : 256; }

/// The types whose products take codes.
std::vector<Type> code_types() {
  std::vector<Type> types;
  for (const TypeInfo& info : all_types()) {
    if (panel_format(info.type).form != kFloats) types.push_back(info.type);
  }
  return types;
}

std::vector<std::vector<std::byte>> weights_of(Type type, int64_t blocks) {
  PseudoBytes random;
  const std::vector<std::byte> noise =
      random.bytes(static_cast<size_t>(blocks * type_info(type).block_bytes));
  return {
      finite_blocks(type, blocks, [&](size_t i) { return noise[i]; }),
      finite_blocks(type, blocks, [](size_t) { return std::byte{0}; }),
      finite_blocks(type, blocks, [](size_t) { return std::byte{0xff}; }),
      finite_blocks(type, blocks, [](size_t) { return std::byte{0x80}; }),  // -128 in Q8_0 and in scales
      finite_blocks(type, blocks, [](size_t) { return std::byte{0x7f}; }),
      finite_blocks(type, blocks, [](size_t i) { return i % 2 ? std::byte{0xff} : std::byte{0}; }),
  };
}

std::vector<std::vector<float>> activations_of(int64_t tokens, int64_t k) {
  const auto n = static_cast<size_t>(tokens * k);
  std::vector<float> alternating(n), one_large = random_floats(n, 5);
  for (size_t i = 0; i < n; ++i) alternating[i] = i % 2 ? 3.0f : -3.0f;
  for (size_t i = 0; i < n; i += 100) one_large[i] = 1e4f;
  return {random_floats(n, 3),
          std::vector<float>(n, 0.0f),
          std::vector<float>(n, 2.5f),
          std::vector<float>(n, -2.5f),
          alternating,
          one_large};
}

/// Product of the decoded rows with the codes' values, in double; and the size of its terms.
void expect_near_plain_product(Type type, const std::vector<std::byte>& raw, int64_t rows, int64_t k,
                               const QuantRows& x, const std::vector<float>& y) {
  std::vector<float> weights(static_cast<size_t>(rows * k));
  type_info(type).decode(raw.data(), rows * k / type_info(type).block_elements, weights.data());
  for (size_t t = 0; t < x.rows.size(); ++t) {
    for (int64_t row = 0; row < rows; ++row) {
      double sum = 0, magnitude = 1e-30;
      for (int64_t i = 0; i < k; ++i) {
        const double activation =
            static_cast<double>(x.rows[t].codes[i]) * x.rows[t].scales[i / group_of(type)];
        const double term = weights[static_cast<size_t>(row * k + i)] * activation;
        sum += term;
        magnitude += std::fabs(term);
      }
      ASSERT_NEAR(y[t * 16 + static_cast<size_t>(row)], sum, 1e-6 * magnitude)
          << "token " << t << " row " << row;
    }
  }
}

class CodeProducts : public testing::TestWithParam<Type> {};

TEST_P(CodeProducts, HostileInputsGiveThePlainProductOnEveryInstructionSet) {
  const Type type = GetParam();
  const int64_t block = type_info(type).block_elements, k = 3 * block, tokens = 3;
  const auto tables = available_kernels();
  for (const int64_t rows : {1, 15, 16}) {
    for (const auto& raw : weights_of(type, rows * 3)) {
      std::vector<std::byte> panel(static_cast<size_t>(panel_bytes(type, k)));
      pack_panel(type, raw.data(), rows, k, panel.data());
      for (const auto& x : activations_of(tokens, k)) {
        std::vector<float> truth;
        for (const auto& [name, kernels] : tables) {
          SCOPED_TRACE(name);
          const QuantRows codes(*kernels, x, k, group_of(type));
          std::vector<float> y(tokens * 16 + 16, kGuard);
          dot_of(*kernels, type)({panel.data()}, k, codes.rows.data(), tokens, kLanes, y.data());
          for (size_t i = tokens * 16; i < y.size(); ++i) ASSERT_EQ(y[i], kGuard);
          if (truth.empty()) {
            truth = y;
            expect_near_plain_product(type, raw, rows, k, codes, y);
          }
          ASSERT_EQ(comparable_bits(y), comparable_bits(truth));
        }
      }
    }
  }
}

TEST_P(CodeProducts, TilesAndRunsHaveTheBitsOfSingleTokens) {
  const Type type = GetParam();
  constexpr int64_t kPanels = 9, kApart = kLanes, kStride = kPanels * kApart + 3;
  const int64_t block = type_info(type).block_elements, k = block * (block == 256 ? 2 : 10);
  const int64_t bytes = panel_bytes(type, k);
  const auto raw = weights_of(type, kPanels * 16 * k / type_info(type).block_elements)[0];
  std::vector<std::byte> panels(static_cast<size_t>(kPanels * bytes));
  for (int64_t p = 0; p < kPanels; ++p) {
    pack_panel(type, raw.data() + p * static_cast<int64_t>(raw.size()) / kPanels, 16, k,
               panels.data() + p * bytes);
  }
  constexpr int64_t kTokens = 69;
  const std::vector<float> x = random_floats(static_cast<size_t>(kTokens * k), 11);
  std::vector<float> truth(kTokens * kStride, kGuard);
  const QuantRows codes(scalar_kernels(), x, k, group_of(type));
  for (int64_t p = 0; p < kPanels; ++p) {
    for (int64_t t = 0; t < kTokens; ++t) {
      dot_of(scalar_kernels(), type)({panels.data() + p * bytes}, k, &codes.rows[static_cast<size_t>(t)], 1,
                                     kStride, &truth[static_cast<size_t>(t * kStride + p * kApart)]);
    }
  }
  for (const auto& [name, kernels] : available_kernels()) {
    SCOPED_TRACE(name);
    for (const int64_t count : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 21, 33, 64, 69}) {
      const int64_t many = count < 22 ? kPanels : count % 2 + 1;
      std::vector<float> y(truth.size(), kGuard);
      const PanelRun run = {panels.data(), many, bytes, kApart};
      dot_of(*kernels, type)(run, k, codes.rows.data(), count, kStride, y.data());
      for (int64_t i = 0; i < kTokens * kStride; ++i) {
        const bool made = i / kStride < count && i % kStride < many * kApart;
        const auto at = static_cast<size_t>(i);
        ASSERT_EQ(comparable_bits(y[at]), comparable_bits(made ? truth[at] : kGuard)) << count << " " << i;
      }
    }
  }
}

TEST_P(CodeProducts, NonFiniteActivationsFlowThrough) {
  const Type type = GetParam();
  const int64_t k = type_info(type).block_elements;
  const auto raw = weights_of(type, 16)[0];
  std::vector<std::byte> panel(static_cast<size_t>(panel_bytes(type, k)));
  pack_panel(type, raw.data(), 16, k, panel.data());
  for (const float bad : {std::nanf(""), INFINITY, -INFINITY}) {
    std::vector<float> x = random_floats(static_cast<size_t>(k), 3);
    x[5] = bad;
    for (const auto& [name, kernels] : available_kernels()) {
      const QuantRows codes(*kernels, x, k, group_of(type));
      std::vector<float> y(16);
      dot_of(*kernels, type)({panel.data()}, k, codes.rows.data(), 1, kLanes, y.data());
      for (const float value : y) EXPECT_TRUE(std::isnan(value)) << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, CodeProducts, testing::ValuesIn(code_types()),
                         [](const auto& test) { return std::string(type_info(test.param).name); });

TEST(Quantise, CodesScalesAndSums) {
  for (const auto& [name, kernels] : available_kernels()) {
    SCOPED_TRACE(name);
    for (const int64_t group : {32, 256}) {
      std::vector<float> x = random_floats(512, 17);
      std::fill_n(x.begin(), 256, 0.0f);
      x[300] = 127.0f;  // scale 1: ties go to the even code
      std::fill_n(x.begin() + 301, 3, 0.5f);
      x[302] = 1.5f;
      x[303] = -2.5f;
      const QuantRows q(*kernels, x, 512, group);
      EXPECT_EQ(q.scales[0], 0.0f);
      EXPECT_EQ(q.scales[static_cast<size_t>(300 / group)], 1.0f);
      EXPECT_EQ(q.codes[300], 127);
      EXPECT_EQ(q.codes[301], 0);
      EXPECT_EQ(q.codes[302], 2);
      EXPECT_EQ(q.codes[303], -2);
      for (size_t i = 0; i < 512; ++i) {
        const float scale = q.scales[i / static_cast<size_t>(group)];
        ASSERT_NEAR(x[i], static_cast<float>(q.codes[i]) * scale, 0.5001f * scale);
        ASSERT_NE(q.codes[i], -128);
      }
      for (size_t i = 0; i < 512; i += 16) {
        int sum = 0;
        for (size_t j = i; j < i + 16; ++j) sum += q.codes[j];
        ASSERT_EQ(q.half_sums[i / 16], sum);
      }
      for (size_t i = 0; i < 16; ++i) ASSERT_EQ(q.sums[i], q.half_sums[2 * i] + q.half_sums[2 * i + 1]);
    }
  }
}

TEST(Quantise, HostileRowsGiveTheSameEverywhere) {
  std::vector<float> x;
  for (const float spread : {1e-44f, 1e-39f, 1e-3f, 1.0f, 1e4f, 1e38f}) {
    const std::vector<float> some = random_floats(256, 23, spread);  // infinities among the largest
    x.insert(x.end(), some.begin(), some.end());
  }
  for (const float bad : {std::nanf(""), INFINITY, -INFINITY, -0.0f}) {
    x.insert(x.end(), 255, 1.5f);
    x.push_back(bad);
  }
  const auto k = static_cast<int64_t>(x.size());
  for (const int64_t group : {32, 256}) {
    const QuantRows truth(scalar_kernels(), x, k, group);
    for (const auto& [name, kernels] : available_kernels()) {
      SCOPED_TRACE(name);
      const QuantRows q(*kernels, x, k, group);
      EXPECT_EQ(q.codes, truth.codes);
      EXPECT_EQ(q.sums, truth.sums);
      EXPECT_EQ(q.half_sums, truth.half_sums);
      EXPECT_EQ(comparable_bits(q.scales), comparable_bits(truth.scales));
    }
  }
}

TEST(Quantise, TinyAndHugeRowsStayFinite) {
  for (const auto& [name, kernels] : available_kernels()) {
    for (const float magnitude : {1e-45f, 1e-38f, 1e-31f, 3.4e38f}) {
      const std::vector<float> x(32, magnitude);
      const QuantRows q(*kernels, x, 32, 32);
      EXPECT_TRUE(std::isfinite(q.scales[0])) << name;
      EXPECT_EQ(q.codes[0], magnitude < 1e-30f ? 0 : 127) << name << " " << magnitude;
    }
  }
}

/// Four sums by column mod 4, folded; the definition that every table and tile must meet.
std::vector<float> plain_float_product(const std::vector<float>& panel, const float* x, int64_t k) {
  std::vector<float> y(16);
  for (size_t row = 0; row < 16; ++row) {
    float sums[4] = {};
    for (int64_t i = 0; i < k; ++i)
      sums[i % 4] = std::fma(panel[static_cast<size_t>(i) * 16 + row], x[i], sums[i % 4]);
    y[row] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
  return y;
}

TEST(FloatProducts, TilesChunksAndInstructionSetsGiveTheDefinedSum) {
  constexpr int64_t kTokens = 19;
  for (const int64_t k : {1, 2, 3, 4, 5, 63, 256, 301}) {
    const std::vector<float> x = random_floats(static_cast<size_t>(kTokens * k), 1);
    std::vector<float> panel = random_floats(static_cast<size_t>(k * 16), 2);
    std::vector<std::byte> as_bf16(static_cast<size_t>(k * 32)), as_f16 = as_bf16;
    for (size_t i = 0; i < panel.size(); ++i) {  // numbers that all three types have
      const uint16_t bits = bf16_from_f32(panel[i]);
      panel[i] = std::fabs(panel[i]) < 1e-3f ? 0.0f : f32_from_bf16(bits);
      const uint16_t wide = bf16_from_f32(panel[i]), half = f16_from_f32(panel[i]);
      std::memcpy(&as_bf16[2 * i], &wide, 2);
      std::memcpy(&as_f16[2 * i], &half, 2);
    }
    std::vector<const float*> rows;
    for (int64_t t = 0; t < kTokens; ++t) rows.push_back(&x[static_cast<size_t>(t * k)]);
    for (const auto& [name, kernels] : available_kernels()) {
      SCOPED_TRACE(name + " k " + std::to_string(k));
      for (const int64_t count : {0, 1, 2, 3, 4, 7, 8, 9, 19}) {
        std::vector<float> sums(kTokens * kFloatSums), chunked = sums, from_bf16 = sums, from_f16 = sums,
                                                       y(kTokens * 16, kGuard);
        kernels->dot_f32({panel.data()}, k, rows.data(), count, sums.data());
        kernels->dot_bf16({as_bf16.data()}, k, rows.data(), count, from_bf16.data());
        kernels->dot_f16({as_f16.data()}, k, rows.data(), count, from_f16.data());
        const int64_t cut = k / 8 * 4;
        std::vector<const float*> rest;
        for (const float* row : rows) rest.push_back(row + cut);
        kernels->dot_f32({panel.data()}, cut, rows.data(), count, chunked.data());
        kernels->dot_f32({panel.data() + cut * 16}, k - cut, rest.data(), count, chunked.data());
        // Three panels that begin a column apart, which is as good as elsewhere.
        if (k > 2) {
          constexpr int64_t kApart = kTokens * kFloatSums + 16;
          std::vector<float> run(3 * kApart);
          kernels->dot_f32({panel.data(), 3, 64, kApart}, k - 2, rows.data(), count, run.data());
          for (int64_t p = 0; p < 3; ++p) {
            std::vector<float> alone(kTokens * kFloatSums);
            kernels->dot_f32({panel.data() + 16 * p}, k - 2, rows.data(), count, alone.data());
            const auto at = run.begin() + p * kApart;
            ASSERT_EQ(comparable_bits(alone), comparable_bits({at, at + kTokens * kFloatSums})) << p;
          }
        }
        ASSERT_EQ(comparable_bits(sums), comparable_bits(from_bf16));
        ASSERT_EQ(comparable_bits(sums), comparable_bits(from_f16));
        ASSERT_EQ(comparable_bits(sums), comparable_bits(chunked));
        kernels->fold(sums.data(), count, kLanes, y.data());
        for (int64_t t = 0; t < count; ++t) {
          const std::vector<float> got(y.begin() + t * 16, y.begin() + t * 16 + 16);
          ASSERT_EQ(got, plain_float_product(panel, rows[static_cast<size_t>(t)], k)) << t;
        }
        for (size_t i = static_cast<size_t>(count * 16); i < y.size(); ++i) ASSERT_EQ(y[i], kGuard);
      }
    }
  }
}

/// One column at a time with an activation of 1: the numbers of a panel of 16 a column.
std::vector<float> numbers_of(DotFloats dot, const void* panel, int64_t columns) {
  std::vector<float> numbers, x(static_cast<size_t>(columns));
  const float* row = x.data();
  for (float& activation : x) {
    std::vector<float> sums(kFloatSums);
    activation = 1;
    dot({panel}, columns, &row, 1, sums.data());
    activation = 0;
    const auto of_column = sums.begin() + (&activation - x.data()) % 4 * kLanes;
    numbers.insert(numbers.end(), of_column, of_column + kLanes);
  }
  return numbers;
}

TEST(FloatProducts, EveryNumberOf16BitsIsTheDecodedOne) {
  for (const Type type : {Type::kF16, Type::kBF16}) {
    for (uint32_t first = 0; first < 65536; first += 16) {  // a column: a NaN would be in all of the others
      std::vector<uint16_t> bits(16);
      for (size_t i = 0; i < 16; ++i) bits[i] = static_cast<uint16_t>(first + i);
      std::vector<float> wanted;
      for (const uint16_t one : bits)
        wanted.push_back(type == Type::kF16 ? f32_from_f16(one) + 0.0f : f32_from_bf16(one) + 0.0f);
      for (const auto& [name, kernels] : available_kernels()) {
        const std::vector<float> got = numbers_of(kernels->*panel_format(type).dot_floats, bits.data(), 1);
        ASSERT_EQ(comparable_bits(got), comparable_bits(wanted)) << name << " " << first;
      }
    }
  }
}

TEST(FloatProducts, EveryByteIsTheDecodedOne) {
  std::vector<uint8_t> bytes(256);
  for (size_t i = 0; i < 256; ++i) bytes[i] = static_cast<uint8_t>((i & 0x7f) == 0x7f ? 0 : i);  // no NaN
  std::vector<float> decoded(256), scales(16);
  type_info(Type::kF8_E4M3).decode(reinterpret_cast<const std::byte*>(bytes.data()), 256, decoded.data());
  PanelF8_E4M3 panel;
  for (int64_t row = 0; row < 16; ++row) {
    scales[static_cast<size_t>(row)] = 0.3f + static_cast<float>(row);
    put_scale(scales[static_cast<size_t>(row)], 0, row, reinterpret_cast<std::byte*>(&panel));
  }
  std::memcpy(panel.numbers, bytes.data(), 256);
  std::vector<float> wanted, as_integers;
  for (size_t i = 0; i < 256; ++i) wanted.push_back(decoded[i] * scales[i % 16] + 0.0f);
  for (size_t i = 0; i < 256; ++i) as_integers.push_back(static_cast<float>(static_cast<int8_t>(bytes[i])));
  for (const auto& [name, kernels] : available_kernels()) {
    EXPECT_EQ(comparable_bits(numbers_of(kernels->dot_f8_e4m3, &panel, 16)), comparable_bits(wanted)) << name;
    EXPECT_EQ(numbers_of(kernels->dot_i8, bytes.data(), 16), as_integers) << name;
  }
}

}  // namespace
}  // namespace tug
