// Keys, values and rotations, and attention over several partitions against the reference.
#include <algorithm>
#include <cmath>

#include "backends/cpu/kv_cache.h"
#include "backends/cpu/rope.h"
#include "support/engines.h"
#include "support/random_model.h"
#include "support/temp_dir.h"

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

TEST(CpuKvCache, PanelsHoldWhatWasWritten) {
  for (const int64_t capacity : {1, 40, 1024, 2100}) {
    auto state = value_of(KvCache::make(small_attention(), capacity));
    auto& cache = static_cast<KvCache&>(*state);
    for (int64_t p = 0; p < capacity; ++p) {
      for (int64_t h = 0; h < 2; ++h) cache.write(p, h, labelled(p, h, 0).data(), labelled(p, h, 1).data());
    }
    for (int64_t p = 0; p < capacity; p += 1 + capacity / 50) {
      const int64_t at = p % kPartition;
      for (int64_t i = 0; i < 20; ++i) {
        const float* keys = cache.keys(p / kPartition, 1);
        const float* values = cache.values(p / kPartition, 1);
        ASSERT_EQ(keys[(at / 16 * 20 + i) * 16 + at % 16], labelled(p, 1, 0)[static_cast<size_t>(i)]);
        ASSERT_EQ(values[(i / 16 * cache.span() + at) * 16 + i % 16],
                  labelled(p, 1, 1)[static_cast<size_t>(i)]);
      }
    }
    ByteWriter to;
    state->save(capacity, to);
    const std::vector<std::byte> bytes = to.take();
    EXPECT_EQ(bytes.size(), static_cast<size_t>(capacity * 2 * 40) * sizeof(float));
    auto fresh = value_of(KvCache::make(small_attention(), capacity));
    ByteReader whole(bytes), cut(ByteView(bytes).first(bytes.size() - 4));
    EXPECT_FALSE(fresh->restore(capacity, cut).ok());
    EXPECT_OK(fresh->restore(capacity, whole));
    ByteWriter again;
    fresh->save(capacity, again);
    EXPECT_EQ(again.take(), bytes);
    ByteReader more(bytes);
    EXPECT_FALSE(fresh->restore(capacity + 1, more).ok());
  }
}

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
  const auto run = [&](const char* backend, int threads) {
    auto engine = load_engine(directory / "model.gguf", {.backend = backend, .threads = threads});
    return logits_of(*engine, tokens, 250);
  };
  const std::vector<float> expected = run("reference", 1), got = run("cpu", 2);
  ASSERT_EQ(got.size(), expected.size());
  float largest = 0;
  for (const float value : expected) largest = std::max(largest, std::fabs(value));
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], expected[i], 1e-4f * largest) << "token " << i / 40;
}

}  // namespace
}  // namespace tug::cpu
