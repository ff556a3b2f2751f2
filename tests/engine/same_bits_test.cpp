// Law 2 on whole models: the logits of a token do not depend on batch mates, chunks, threads, the instruction
// set, or on a restart in the middle. Random architectures, shapes and types; one case longer than 1,024
// tokens.
#include <fstream>

#include "support/draw_model.h"
#include "support/engines.h"
#include "support/sanitized.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

class SameBits : public testing::Test {
 protected:
  std::unique_ptr<Engine> engine(int threads, Isa isa = best_isa()) {
    return load_engine(path_, {.backend = "cpu", .isa = isa, .kv = kv_, .threads = threads});
  }

  void write(const RandomModel& shape) {
    path_ = directory_ / "model.gguf";
    make_random_model(shape).write(path_);
    kv_ = static_cast<KvType>(shape.seed % kKvNames.size());
  }

  /// All ways to compute the same logits.
  void check(const std::vector<int32_t>& tokens, const std::vector<int32_t>& mate) {
    auto two = engine(2);
    const std::vector<float> expected = logits_of(*two, tokens, 256);
    for (int64_t chunk : {1, 7, 64})
      ASSERT_EQ(logits_of(*two, tokens, chunk), expected) << "chunks of " << chunk;
    ASSERT_EQ(logits_of(*engine(1), tokens, 100), expected) << "one thread";
    ASSERT_EQ(logits_of(*engine(3), tokens, 100), expected) << "three threads";
    for (const Isa isa : kIsas) {
      if (!isa_available(isa) || (isa == Isa::kScalar && tokens.size() > 200)) continue;
      auto other = value_of(Engine::load(value_of(Checkpoint::open(path_)),
                                         {.backend = "cpu", .isa = isa, .kv = kv_, .threads = 2},
                                         [](int64_t, int64_t) {}));
      ASSERT_EQ(logits_of(*other, tokens, 64), expected) << isa_name(isa);
    }
    ASSERT_EQ(batched(*two, tokens, mate), expected) << "in a batch";
    ASSERT_EQ(restarted(tokens), expected) << "saved and restored";
  }

  /// Both sequences in every step, uneven chunks, the other one first.
  static std::vector<float> batched(Engine& engine, const std::vector<int32_t>& tokens,
                                    const std::vector<int32_t>& mate) {
    auto sequence = value_of(engine.new_sequence(static_cast<int64_t>(tokens.size())));
    auto other = value_of(engine.new_sequence(static_cast<int64_t>(mate.size())));
    std::vector<float> all;
    for (size_t at = 0, mate_at = 0; at < tokens.size();) {
      std::vector<Row> rows;
      const size_t mate_end = std::min(mate.size(), mate_at + 1 + at % 5),
                   end = std::min(tokens.size(), at + 1 + at % 13);
      for (; mate_at < mate_end; ++mate_at)
        rows.push_back({mate[mate_at], static_cast<int64_t>(mate_at), other.get(), true});
      const size_t mates = rows.size();
      for (; at < end; ++at) rows.push_back({tokens[at], static_cast<int64_t>(at), sequence.get(), true});
      EXPECT_OK(engine.step(rows, [&](size_t row, std::span<float> logits) {
        if (row >= mates) all.insert(all.end(), logits.begin(), logits.end());
      }));
    }
    return all;
  }

  /// Half in one engine, the state as bytes, the rest in another engine.
  std::vector<float> restarted(const std::vector<int32_t>& tokens) {
    const auto middle = tokens.begin() + static_cast<int64_t>(tokens.size() * 2 / 3);
    auto first = engine(2), second = engine(1);
    auto sequence = value_of(first->new_sequence(static_cast<int64_t>(tokens.size())));
    std::vector<float> all = feed(*first, *sequence, {tokens.begin(), middle}, 50);
    const std::vector<int32_t> half(tokens.begin(), middle);
    const std::vector<std::byte> bytes = saved(*sequence, value_of(first->fingerprint()), half);
    auto restored = value_of(second->new_sequence(static_cast<int64_t>(tokens.size())));
    EXPECT_EQ(value_of(restore(*restored, value_of(second->fingerprint()), bytes)), half);
    const std::vector<float> rest = feed(*second, *restored, {middle, tokens.end()}, 9);
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
  }

  TempDir directory_;
  std::string path_;
  KvType kv_ = KvType::kF32;
};

TEST_F(SameBits, RandomModels) {
  for (uint64_t seed = 0; seed < cases(21, 7); ++seed) {
    const RandomModel shape = draw_model(seed);
    SCOPED_TRACE(shape.architecture + " of seed " + std::to_string(seed));
    write(shape);
    const auto length = static_cast<int64_t>(20 + cases(90, 30) * uniform_at(seed, 1000));
    check(random_tokens(length, shape.vocabulary, seed), random_tokens(40, shape.vocabulary, seed + 100));
    if (HasFatalFailure()) return;
  }
}

TEST_F(SameBits, LongerThan1024) {
  RandomModel shape;
  shape.types = {Type::kBF16, Type::kF16, Type::kQ8_0};
  write(shape);
  check(random_tokens(static_cast<int64_t>(cases(2100, 1100)), shape.vocabulary, 5),
        random_tokens(300, shape.vocabulary, 6));
}

TEST_F(SameBits, LogitsAreFiniteAndSpread) {
  for (uint64_t seed = 0; seed < 7; ++seed) {
    write(draw_model(seed));
    const std::vector<float> logits = logits_of(*engine(2), random_tokens(10, 33, seed), 64);
    double squares = 0;
    for (float value : logits)
      squares += static_cast<double>(value) * value / static_cast<double>(logits.size());
    EXPECT_GT(squares, 0.01) << seed;
    EXPECT_LT(squares, 1e4) << seed;
  }
}

/// The largest difference between cpu and reference, relative to the largest logit.
double distance_from_reference(const std::string& path, const std::vector<int32_t>& tokens) {
  auto cpu = load_engine(path, {.backend = "cpu", .threads = 2});
  auto reference = load_engine(path, {.backend = "reference"});
  const std::vector<float> a = logits_of(*cpu, tokens, 50), b = logits_of(*reference, tokens, 50);
  double largest = 0, difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::fabs(static_cast<double>(b[i])));
    difference = std::max(difference, std::fabs(static_cast<double>(a[i]) - b[i]));
  }
  return difference / largest;
}

TEST_F(SameBits, FloatWeightsFollowTheReference) {
  for (uint64_t seed = 0; seed < cases(21, 7); ++seed) {
    RandomModel shape = draw_model(seed);
    shape.types = {Type::kF32, Type::kBF16, Type::kF16};
    write(shape);
    EXPECT_LE(distance_from_reference(
                  path_, random_tokens(static_cast<int64_t>(cases(60, 20)), shape.vocabulary, seed)),
              1e-3)
        << shape.architecture << " of seed " << seed;
  }
}

TEST_F(SameBits, BlockTypesFollowTheReference) {
  for (uint64_t seed = 0; seed < cases(14, 7); ++seed) {
    RandomModel shape = draw_model(seed);
    shape.experts = shape.top_k = 3;  // a rounded activation must not choose another expert
    write(shape);
    EXPECT_LE(distance_from_reference(path_, random_tokens(40, shape.vocabulary, seed)), 0.08)
        << shape.architecture << " of seed " << seed;
  }
}

TEST_F(SameBits, SixtyExpertsOfWidth1408) {
  RandomModel shape;  // Qwen1.5-MoE's: 1408 is no multiple of 256
  shape.architecture = "qwen2moe";
  shape.hidden = 128, shape.layers = 2;
  shape.experts = static_cast<int64_t>(cases(60, 8)), shape.top_k = 4, shape.expert_width = 1408;
  shape.types = {Type::kF16, Type::kBF16};
  write(shape);
  const std::vector<int32_t> tokens = random_tokens(static_cast<int64_t>(cases(40, 20)), shape.vocabulary, 3);
  EXPECT_LE(distance_from_reference(path_, tokens), 1e-3);
  shape.types = {Type::kQ8_0, Type::kQ4_0, Type::kIQ4_NL, Type::kQ5_1};
  write(shape);
  check(tokens, random_tokens(20, shape.vocabulary, 4));
}

TEST_F(SameBits, AFineTunedModelHasAnotherFingerprint) {
  RandomModel shape;
  write(shape);
  const uint64_t original = value_of(engine(1)->fingerprint());
  EXPECT_EQ(value_of(engine(2)->fingerprint()), original);
  // Other signs in the last matrix alone, the head; all shapes and norms stay.
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  std::vector<float> head(static_cast<size_t>(shape.vocabulary * shape.hidden));
  const auto size = static_cast<std::streamoff>(head.size() * sizeof(float));
  file.seekg(-size, std::ios::end);
  file.read(reinterpret_cast<char*>(head.data()), size);
  for (float& value : head) value = -value;
  file.seekp(-size, std::ios::end);
  file.write(reinterpret_cast<const char*>(head.data()), size);
  file.close();
  EXPECT_NE(value_of(engine(1)->fingerprint()), original);
}

TEST_F(SameBits, ABrokenEmbeddingIsAnError) {
  RandomModel shape;
  write(shape);
  const Checkpoint checkpoint = value_of(Checkpoint::open(path_));
  const int64_t row = checkpoint.find("token_embd.weight")->bytes.offset + 5 * shape.hidden * 4;
  const float broken = std::numeric_limits<float>::quiet_NaN();
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(row);
  file.write(reinterpret_cast<const char*>(&broken), sizeof broken);
  file.close();
  auto loaded = engine(1);
  auto sequence = value_of(loaded->new_sequence(4));
  const std::vector<Row> rows = {{4, 0, sequence.get(), true}, {5, 1, sequence.get(), true}};
  const Status status = loaded->step(rows, [](size_t, std::span<float>) {});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(sequence->length(), 0) << "a failed step must change nothing";
}

TEST_F(SameBits, AnotherModelsStateIsRefused) {
  RandomModel shape;
  write(shape);
  auto one = engine(1);
  auto sequence = value_of(one->new_sequence(10));
  feed(*one, *sequence, {1, 2, 3}, 8);
  const uint64_t name = value_of(one->fingerprint());
  const std::vector<std::byte> bytes = saved(*sequence, name, {1, 2, 3});
  shape.seed = 2;
  write(shape);
  auto other = engine(1);
  EXPECT_NE(name, value_of(other->fingerprint()));
  auto restored = value_of(other->new_sequence(10));
  EXPECT_FALSE(restore(*restored, value_of(other->fingerprint()), bytes).ok());
  // Bytes that end anywhere, and too little room, are errors too.
  auto small = value_of(one->new_sequence(2));
  EXPECT_FALSE(restore(*small, name, bytes).ok());
  for (size_t size = 0; size < bytes.size(); size += 1 + size / 7) {
    auto fresh = value_of(one->new_sequence(10));
    EXPECT_FALSE(restore(*fresh, name, ByteView(bytes).first(size)).ok()) << size;
  }
}

}  // namespace
}  // namespace tug
