// Linears of every type: against the decoded matrix, in pieces, with scales, on any number of threads.
#include "backends/cpu/linear.h"

#include <array>
#include <cmath>
#include <random>

#include "backends/cpu/slots.h"
#include "backends/kernels_of.h"
#include "plan/stored_rows.h"
#include "support/expect.h"

namespace tug::cpu {
namespace {

std::vector<float> random_floats(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

/// Bytes of a matrix whose values are moderate: random, but with no exponent of a scale near its ends.
std::vector<std::byte> random_rows(const TypeInfo& info, int64_t rows, int64_t cols,
                                   std::vector<float>& decoded) {
  const auto size = static_cast<size_t>(rows * row_bytes(info.type, cols).value());
  decoded.resize(static_cast<size_t>(rows * cols));
  std::vector<std::byte> bytes(size);
  if (info.encode) {
    const auto values = random_floats(decoded.size(), 3);
    info.encode(values.data(), rows * cols / info.block_elements, bytes.data());
  } else {
    std::mt19937 random(7);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    // Clearing bit 6 of the odd bytes keeps every f16 finite and below 2.
    for (size_t i = 1; i < size; i += 2) bytes[i] &= std::byte{0xbf};
    if (info.type == Type::kMXFP4) {
      for (size_t at = 0; at < size; at += 17) bytes[at] = std::byte{125};
    }
  }
  info.decode(bytes.data(), rows * cols / info.block_elements, decoded.data());
  return bytes;
}

/// A linear, its slot, and a machine without a store.
struct Fixture {
  Fixture(const TypeInfo& info, int64_t rows, int64_t cols) {
    linear.weight.type = info.type, linear.weight.rows = rows, linear.weight.cols = cols;
    const std::vector<std::byte> raw = random_rows(info, rows, cols, weights);
    if (info.type == Type::kF8_E4M3) {
      const int64_t across = scale_blocks(cols);
      scales = random_floats(static_cast<size_t>(rows * across), 5);
      for (int64_t i = 0; i < rows * cols; ++i) {
        weights[static_cast<size_t>(i)] *=
            scales[static_cast<size_t>(i / cols * across + i % cols / kScaleBlock)];
      }
    }
    slot.resize(static_cast<size_t>(slot_size(linear.weight)) + 64);
    const MutableByteView view = MutableByteView(slot).first(slot.size() - 64);
    const int64_t bytes = row_bytes(info.type, cols).value();
    for (int64_t first = 0; first < rows; first += 32) {  // in pieces, the last one first
      const int64_t piece = (rows - 1) / 32 * 32 - first, count = std::min<int64_t>(32, rows - piece);
      const std::span<const float> all(scales);
      const size_t across = scales.size() / static_cast<size_t>(rows);
      fill_slot(
          linear.weight,
          {{piece, count},
           ByteView(raw).subspan(static_cast<size_t>(piece * bytes), static_cast<size_t>(count * bytes)),
           all.subspan(static_cast<size_t>(piece) * across, static_cast<size_t>(count) * across)},
          view);
    }
    packed = view;
  }
  Product product(const Activations& input, int64_t count, float* out) const {
    return Product{.linear = &linear, .input = &input, .count = count, .out = out}.with(packed);
  }
  Linear linear;
  std::vector<float> weights, scales;
  std::vector<std::byte> slot;
  ByteView packed;
};

struct Machine {
  Machine(int threads, const Kernels& kernels) : pool(threads), scratch(static_cast<size_t>(threads)) {
    cpu.kernels = &kernels, cpu.pool = &pool, cpu.scratch = scratch.data();
  }
  ThreadPool pool;
  std::vector<ThreadScratch> scratch;
  Cpu cpu;
};

struct Inputs {
  Inputs(const Kernels& kernels, int64_t rows, int64_t cols, unsigned forms) {
    Bump measure;
    Activations(measure, rows, cols);
    memory.resize(static_cast<size_t>(measure.used()));
    Bump bump(memory.data());
    x = Activations(bump, rows, cols);
    const auto values = random_floats(static_cast<size_t>(rows * cols), 11);
    for (int64_t r = 0; r < rows; ++r) {
      std::copy_n(&values[static_cast<size_t>(r * cols)], cols, x.row(r));
      x.encode(kernels, r, cols, forms);
    }
  }
  std::vector<std::byte> memory;
  Activations x;
};

class CpuLinear : public testing::TestWithParam<Type> {};

TEST_P(CpuLinear, IsTheProductWithTheDecodedMatrix) {
  const TypeInfo& info = type_info(GetParam());
  const bool rounds = form_of(info.type) != kFloats;
  const int64_t cols =
      info.block_elements == 1
          ? 301
          : 2 * std::max<int64_t>(info.block_elements, 160 / info.block_elements * info.block_elements);
  for (const int64_t rows : {1, 15, 16, 17, 70}) {
    const Fixture f(info, rows, cols);
    Machine machine(2, scalar_kernels());
    constexpr int64_t kTokens = 67;  // more than kTokensAtOnce
    const Inputs inputs(scalar_kernels(), kTokens, cols, form_of(info.type));
    // What the product sees: a code is an activation rounded within half a step.
    const auto activation = [&](int64_t t, int64_t k) -> double {
      if (!rounds) return inputs.x.row(t)[k];
      const QuantRow codes = inputs.x.codes(form_of(info.type), t);
      const float scale = codes.scales[k / (form_of(info.type) == kCodes32 ? 32 : 256)];
      EXPECT_NEAR(codes.codes[k] * scale, inputs.x.row(t)[k], 0.501f * scale);
      return static_cast<double>(codes.codes[k]) * scale;
    };
    std::vector<float> y(static_cast<size_t>(kTokens * rows) + 16, -7.0f);
    multiply(machine.cpu, std::array{f.product(inputs.x, kTokens, y.data())});
    for (size_t i = static_cast<size_t>(kTokens * rows); i < y.size(); ++i)
      ASSERT_EQ(y[i], -7.0f) << "written beyond";
    for (int64_t t = 0; t < kTokens; t += 13) {
      for (int64_t r = 0; r < rows; ++r) {
        double sum = 0, squares = 0;
        for (int64_t k = 0; k < cols; ++k) {
          const double term = f.weights[static_cast<size_t>(r * cols + k)] * activation(t, k);
          sum += term;
          squares += term * term;
        }
        const double tolerance = 1e-5 * std::sqrt(squares) + 1e-12;
        ASSERT_NEAR(y[static_cast<size_t>(t * rows + r)], sum, tolerance) << "token " << t << " row " << r;
      }
    }
  }
}

TEST_P(CpuLinear, ThreadsInstructionsAndCompanyChangeNoBit) {
  const TypeInfo& info = type_info(GetParam());
  const int64_t cols = std::max<int64_t>(256, info.block_elements), rows = 100;
  constexpr int64_t kTokens = 9;
  const Fixture f(info, rows, cols);
  const auto run = [&](int threads, const Kernels& kernels, int64_t first, int64_t count) {
    Machine machine(threads, kernels);
    const Inputs inputs(kernels, kTokens, cols, form_of(info.type));
    std::vector<float> y(static_cast<size_t>(count * rows));
    Product product = f.product(inputs.x, count, y.data());
    product.input_first = first;
    multiply(machine.cpu, {&product, 1});
    return y;
  };
  const std::vector<float> expected = run(1, scalar_kernels(), 0, kTokens);
  EXPECT_EQ(run(3, scalar_kernels(), 0, kTokens), expected);
  for (const Isa isa : kIsas) {
    if (!isa_available(isa)) continue;
    EXPECT_EQ(run(2, kernels_of(isa), 0, kTokens), expected) << isa_name(isa);
  }
  for (int64_t t = 0; t < kTokens; ++t) {
    const std::vector<float> own(expected.begin() + t * rows, expected.begin() + (t + 1) * rows);
    EXPECT_EQ(run(2, scalar_kernels(), t, 1), own) << "token " << t;
  }
}

std::vector<Type> types() {
  std::vector<Type> all;
  for (const TypeInfo& info : all_types()) all.push_back(info.type);
  return all;
}
INSTANTIATE_TEST_SUITE_P(Types, CpuLinear, testing::ValuesIn(types()),
                         [](const auto& test) { return std::string(type_info(test.param).name); });

TEST(CpuLinearSums, ScalesRowsAndFactors) {
  const Fixture f(type_info(Type::kF32), 20, 8);
  Machine machine(2, scalar_kernels());
  const Inputs inputs(scalar_kernels(), 3, 8, 0);
  std::vector<float> plain(3 * 20), x(4 * 20, 1.0f);
  multiply(machine.cpu, std::array{f.product(inputs.x, 3, plain.data())});

  Linear scaled = f.linear;
  scaled.weight.scale = 0.25f;
  const int32_t rows[] = {2, 0}, to_rows[] = {3, 3};  // two inputs into one row, in order
  const float factors[] = {0.5f, 3.0f};
  const Product product = {.linear = &scaled, .input = &inputs.x, .rows = rows, .count = 2};
  const Addition addition = {product.with(f.packed), to_rows, factors};
  add(machine.cpu, {&addition, 1}, {x.data(), 4, 20});
  for (size_t c = 0; c < 20; ++c) {
    EXPECT_EQ(x[c], 1.0f);
    const float first = std::fma(0.5f, plain[2 * 20 + c] * 0.25f, 1.0f);
    EXPECT_EQ(x[3 * 20 + c], std::fma(3.0f, plain[c] * 0.25f, first));
  }
}

}  // namespace
}  // namespace tug::cpu
