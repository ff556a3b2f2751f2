// Keys, values and rotations, and attention over several partitions against the reference.
#include <algorithm>
#include <cmath>

#include "backends/cpu/kv_pages.h"
#include "backends/cpu/rope.h"
#include "support/engines.h"
#include "support/random_model.h"
#include "support/temp_dir.h"
#include "tensor/formats/q8_0.h"
#include "tensor/type.h"

namespace tug::cpu {
namespace {

Attention small_attention() {
  Attention attention;
  attention.heads = 4, attention.kv_heads = 2, attention.head_dim = 20;
  return attention;
}

/// A key or value that tells its position, head and dimension.
std::vector<float> labelled(int64_t position, int64_t head, int64_t kind) {
  std::vector<float> values(20);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(position * 1000 + head * 100 + kind * 50) + static_cast<float>(i);
  }
  return values;
}

class CpuKvPages : public testing::TestWithParam<KvType> {};

TEST_P(CpuKvPages, ProductsSeeWhatWasWritten) {
  const KvLayout kv(small_attention(), GetParam(), 128);
  MemoryBudget budget(1 << 20);
  StatePool pool({.page_bytes = 128 + kv.bytes()}, budget);
  Sequence sequence(pool, 200);
  ASSERT_OK(sequence.begin(150));
  for (int64_t p = 0; p < 150; ++p) {
    for (int64_t h = 0; h < 2; ++h)
      kv.write(sequence, p, h, labelled(p, h, 0).data(), labelled(p, h, 1).data());
  }
  // What a key or value is after it was kept, and how far the sum of a product may be from it.
  const auto kept = [](std::vector<float> values) {
    for (float& value : values) {
      if (GetParam() != KvType::kF32) value = std::min(value, 65504.0f);
      if (GetParam() == KvType::kF16) value = f32_from_f16(f16_from_f32(value));
    }
    if (GetParam() == KvType::kQ8_0) {
      std::vector<std::byte> blocks(34);
      values.resize(32);
      encode_q8_0(values.data(), 1, blocks.data());
      type_info(Type::kQ8_0).decode(blocks.data(), 1, values.data());
    }
    return values;
  };
  const float tolerance = GetParam() == KvType::kQ8_0 ? 1e-6f : 0;
  const Kernels& kernels = scalar_kernels();
  for (int64_t p = 0; p < 150; p += 7) {
    const std::vector<float> key = kept(labelled(p, 1, 0)), value = kept(labelled(p, 1, 1));
    for (int64_t i = 0; i < 20; ++i) {
      // One 1 among zeros picks a number out.
      std::vector<float> unit(64), sums(kFloatSums), y(16);
      unit[static_cast<size_t>(i)] = 1;
      const float* x = unit.data();
      std::vector<int8_t> codes(32);
      std::vector<float> scale(1);
      std::vector<int16_t> code_sums(1), half_sums(2);
      kernels.quantise(x, 32, 32, {codes.data(), scale.data(), code_sums.data(), half_sums.data()});
      const QuantRow quantised = {codes.data(), scale.data(), code_sums.data(), half_sums.data()};
      kv.dot_keys(kernels, sequence, p / 16 * 16, 1, 1, {&x, &quantised}, 1, sums.data(), y.data(), kLanes);
      const float wanted = key[static_cast<size_t>(i)];
      ASSERT_NEAR(y[static_cast<size_t>(p % 16)], wanted, tolerance * wanted);
      std::fill(sums.begin(), sums.end(), 0.0f);
      std::fill(unit.begin(), unit.end(), 0.0f);
      unit[static_cast<size_t>(p % kPageTokens)] = 1;
      kv.dot_values(kernels, sequence, p / kPageTokens * kPageTokens, kPageTokens, 1, i / 16, 1, &x, 1,
                    sums.data(), 0);
      kernels.fold(sums.data(), 1, kLanes, y.data());
      ASSERT_EQ(y[static_cast<size_t>(i % 16)], value[static_cast<size_t>(i)]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, CpuKvPages, testing::Values(KvType::kF32, KvType::kF16, KvType::kQ8_0),
                         [](const auto& type) { return std::string(name_of(type.param)); });

TEST(CpuRope, AnglesAndRotation) {
  const RopeTable rope({.theta = 1e6, .dims = 8, .yarn = {}});
  ASSERT_EQ(rope.pairs(), 4);
  for (const int64_t position : {0, 1, 1000, 1'000'000}) {
    float cosines[4], sines[4], head[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    rope.angles(position, cosines, sines);
    rotate(cosines, sines, 4, head);
    for (int i = 0; i < 4; ++i) {
      const float frequency = static_cast<float>(std::pow(1e6, -2.0 * i / 8));
      const double angle = static_cast<float>(position) * frequency;
      ASSERT_NEAR(cosines[i], std::cos(angle), 1e-7);
      ASSERT_NEAR(sines[i], std::sin(angle), 1e-7);
      const double a = 1 + i, b = 5 + i;
      EXPECT_NEAR(head[i], a * std::cos(angle) - b * std::sin(angle), 2e-6);
      EXPECT_NEAR(head[i + 4], b * std::cos(angle) + a * std::sin(angle), 2e-6);
    }
    EXPECT_EQ(head[8], 9.0f);
  }
}

TEST(CpuAttention, LongContextsFollowTheReference) {
  TempDir directory;
  RandomModel model;
  model.architecture = "qwen3", model.layers = 1, model.hidden = 32, model.dense_width = 32,
  model.vocabulary = 40;
  make_random_model(model).write(directory / "model.gguf");
  std::vector<int32_t> tokens;
  for (int i = 0; i < 1300; ++i) tokens.push_back(i * i % 37);
  const auto run = [&](const EngineOptions& options) {
    auto engine = load_engine(directory / "model.gguf", options);
    return logits_of(*engine, tokens, 250);
  };
  const std::vector<float> expected = run({.backend = "reference", .threads = 1});
  float largest = 0;
  for (const float value : expected) largest = std::max(largest, std::fabs(value));
  for (const auto& [kv, tolerance] :
       {std::pair(KvType::kF32, 1e-4f), {KvType::kF16, 1e-3f}, {KvType::kQ8_0, 1e-2f}}) {
    const std::vector<float> got = run({.kv = kv, .threads = 2});
    ASSERT_EQ(got.size(), expected.size());
    for (size_t i = 0; i < got.size(); ++i)
      ASSERT_NEAR(got[i], expected[i], tolerance * largest) << name_of(kv) << ", token " << i / 40;
  }
}

}  // namespace
}  // namespace tug::cpu
