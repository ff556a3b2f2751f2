// What sequences remember, in whole models: dropped drafts, forks and ranges leave the bits as if they had
// never been; memory is taken as a sequence grows and given back.
#include "support/engines.h"
#include "support/random_model.h"
#include "support/sanitized.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

constexpr int32_t kVocabulary = 96;

struct Case {
  const char* architecture;
  const char* backend;
  KvType kv = KvType::kF32;
};

std::vector<int32_t> some_tokens(int64_t count, uint64_t seed) {
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; ++i)
    tokens.push_back(static_cast<int32_t>(uniform_at(seed, static_cast<uint64_t>(i)) * kVocabulary));
  return tokens;
}

std::vector<int32_t> part(const std::vector<int32_t>& tokens, int64_t first, int64_t count) {
  return {tokens.begin() + first, tokens.begin() + first + count};
}

class StateTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    RandomModel shape;
    shape.architecture = GetParam().architecture;
    shape.types = {Type::kF16, Type::kQ8_0};
    make_random_model(shape).write(directory_ / "m.gguf");
    engine_ = load(int64_t{1} << 34);
    expected_ = logits_of(*engine_, tokens_, 64);
  }
  std::unique_ptr<Engine> load(int64_t memory, Isa isa = best_isa(), int64_t rows_max = 256) {
    return load_engine(directory_ / "m.gguf", {.backend = GetParam().backend,
                                               .isa = isa,
                                               .kv = GetParam().kv,
                                               .threads = 2,
                                               .memory_limit = memory,
                                               .rows_max = rows_max});
  }
  bool reference() const { return std::string(GetParam().backend) == "reference"; }

  /// Feeds the next tokens and checks their logits.
  void feed_and_check(Engine& engine, Sequence& sequence, int64_t count, int64_t chunk) {
    const int64_t first = sequence.length();
    const auto logits = feed(engine, sequence, part(tokens_, first, count), chunk);
    ASSERT_TRUE(std::equal(logits.begin(), logits.end(), expected_.begin() + first * kVocabulary))
        << count << " tokens from " << first << " in chunks of " << chunk;
  }

  TempDir directory_;
  std::vector<int32_t> tokens_ = some_tokens(150, 3), drafts_ = some_tokens(16, 4);
  std::unique_ptr<Engine> engine_;
  std::vector<float> expected_;
};

TEST_P(StateTest, DraftsCanBeDroppedAnywhere) {
  // Lengths and counts around every boundary; drafts one by one, at once, and in the row of accepted tokens.
  auto random = [draw = uint64_t{0}](int64_t below) mutable {
    return static_cast<int64_t>(uniform_at(11, ++draw) * static_cast<double>(below));
  };
  for (int round = 0; round < (reference() ? 2 : static_cast<int>(cases(6, 2))); ++round) {
    auto sequence = value_of(engine_->new_sequence(200));
    while (sequence->length() < 120) {
      feed_and_check(*engine_, *sequence, 1 + random(20), 1 + random(30));
      if (HasFatalFailure()) return;
      const int64_t length = sequence->length(), drafts = 1 + random(kDropMax);
      feed(*engine_, *sequence, part(drafts_, 0, drafts), round % 2 == 0 ? drafts : 1);
      ASSERT_OK(sequence->truncate(length));
    }
    feed_and_check(*engine_, *sequence, 150 - sequence->length(), 64);
  }
}

TEST_P(StateTest, AcceptedDraftsMayBeDroppedToo) {
  for (int64_t drop = 1; drop <= kDropMax; drop += static_cast<int64_t>(cases(3, 7))) {
    auto sequence = value_of(engine_->new_sequence(200));
    for (int64_t length : {5, 16, 17, 31, 33, 48, 64, 80, 97}) {
      feed_and_check(*engine_, *sequence, length - sequence->length(), 1);
      ASSERT_OK(sequence->truncate(std::max<int64_t>(0, length - drop)));
      feed_and_check(*engine_, *sequence, length - sequence->length(), 7);
    }
  }
}

TEST_P(StateTest, ForksGoOnAlone) {
  auto one = value_of(engine_->new_sequence(200));
  feed_and_check(*engine_, *one, 70, 64);
  const int64_t used = engine_->sequences_bytes();
  auto two = value_of(one->fork());
  EXPECT_EQ(engine_->sequences_bytes(), used);
  feed(*engine_, *two, drafts_, 5);
  feed_and_check(*engine_, *one, 30, 3);
  auto three = value_of(one->fork());
  two.reset();
  feed_and_check(*engine_, *one, 50, 50);
  feed_and_check(*engine_, *three, 50, 1);
  one.reset(), three.reset();
  EXPECT_EQ(engine_->sequences_bytes(), 0);
}

TEST_P(StateTest, RangesContinueInAnotherEngine) {
  const uint64_t model = value_of(engine_->fingerprint());
  auto one = value_of(engine_->new_sequence(200));
  feed_and_check(*engine_, *one, 64, 64);
  const auto start = saved(*one, model, part(tokens_, 0, 64));
  feed_and_check(*engine_, *one, 41, 7);
  const auto rest = saved(*one, model, part(tokens_, 0, 105), 64);
  auto other = load(int64_t{1} << 34, reference() ? best_isa() : Isa::kAvx2);
  auto two = value_of(other->new_sequence(200));
  ASSERT_OK(restore(*two, value_of(other->fingerprint()), start));
  ASSERT_OK(restore(*two, value_of(other->fingerprint()), rest));
  ASSERT_OK(two->truncate(95));
  feed_and_check(*other, *two, 55, 20);
}

TEST_P(StateTest, MemoryIsTakenAsASequenceGrows) {
  auto one = value_of(engine_->new_sequence(4000));
  EXPECT_EQ(engine_->sequences_bytes(), 0);
  feed(*engine_, *one, {1, 2}, 2);
  EXPECT_EQ(engine_->sequences_bytes(), engine_->sequence_bytes(1));
  one.reset();
  EXPECT_EQ(engine_->sequences_bytes(), 0);
}

TEST_P(StateTest, ASequenceThatFindsNoMemoryFailsNobodyElse) {
  const int64_t least = 32;  // a pass can get no smaller
  const int64_t others = (int64_t{1} << 34) - load(int64_t{1} << 34, best_isa(), least)->budget().free();
  auto small = load(others + 3 * engine_->sequence_bytes(kPageTokens) + 4096, best_isa(), least);
  auto one = value_of(small->new_sequence(180)), two = value_of(small->new_sequence(180)),
       three = value_of(small->new_sequence(180)), four = value_of(small->new_sequence(180));
  for (auto* sequence : {&one, &two, &three}) feed_and_check(*small, **sequence, 60, 30);
  std::vector<Row> rows;
  for (int64_t i = 60; i < 63; ++i) rows.push_back({tokens_[static_cast<size_t>(i)], i, one.get(), true});
  rows.push_back({tokens_[0], 0, four.get(), true});
  Pass pass = value_of(small->begin(rows));
  small->advance(pass);
  small->finish(pass, [&](size_t row, std::span<float> logits) {
    EXPECT_TRUE(std::equal(logits.begin(), logits.end(),
                           expected_.begin() + (60 + static_cast<int64_t>(row)) * kVocabulary));
  });
  EXPECT_EQ(pass.error(0), nullptr);
  ASSERT_NE(pass.error(3), nullptr);
  EXPECT_EQ(pass.error(3)->code(), ErrorCode::kOutOfMemory);
  two.reset();
  feed_and_check(*small, *four, 50, 7);
}

INSTANTIATE_TEST_SUITE_P(
    All, StateTest,
    testing::Values(Case{"qwen35moe", "cpu"}, Case{"qwen3moe", "cpu"}, Case{"qwen3next", "cpu", KvType::kF16},
                    Case{"qwen3moe", "cpu", KvType::kQ8_0}, Case{"qwen35moe", "reference"}),
    [](const auto& test) {
      return std::string(test.param.architecture) + "_" + test.param.backend +
             (test.param.kv == KvType::kF32 ? "" : "_" + std::string(name_of(test.param.kv)));
    });

/// The most that may be asked for is accepted, and a page more is not.
TEST(Capacity, IsTheLargestThatFits) {
  TempDir directory;
  for (const char* architecture : {"qwen35moe", "qwen3moe"}) {
    RandomModel shape;
    shape.architecture = architecture;
    make_random_model(shape).write(directory / "m.gguf");
    auto engine = load_engine(directory / "m.gguf", {.memory_limit = int64_t{1} << 34, .rows_max = 32});
    EXPECT_EQ(engine->largest_capacity(), 4096) << "the model's own";
    const int64_t others = (int64_t{1} << 34) - engine->budget().free();
    for (const int64_t room : {100, 64, 65, 1000, 2049, 4095}) {
      auto tight = load_engine(directory / "m.gguf",
                               {.memory_limit = others + engine->sequence_bytes(room), .rows_max = 32});
      const int64_t capacity = tight->largest_capacity();
      EXPECT_GE(capacity, room);
      EXPECT_LT(capacity, room + kPageTokens);
      EXPECT_OK(tight->new_sequence(capacity));
      EXPECT_FALSE(tight->new_sequence(capacity + kPageTokens).ok());
    }
  }
}

/// Passes get smaller before a model is refused; the bits are the same.
TEST(Capacity, ShortMemoryMakesPassesSmaller) {
  constexpr int64_t kPlenty = int64_t{1} << 34;
  TempDir directory;
  for (const char* architecture : {"qwen35moe", "qwen3moe"}) {
    RandomModel shape;
    shape.architecture = architecture;
    make_random_model(shape).write(directory / "m.gguf");
    const auto load = [&](int64_t memory, int64_t rows) {
      return load_engine(directory / "m.gguf", {.memory_limit = memory, .rows_max = rows});
    };
    auto roomy = load(kPlenty, 256), least = load(kPlenty, 32);
    EXPECT_EQ(roomy->options().rows_max, 256);
    const int64_t one = roomy->sequence_bytes(1), others = kPlenty - roomy->sequences_limit();
    auto tight = load(others + one - 1, 256);
    const int64_t rows = tight->options().rows_max;
    EXPECT_LT(rows, 256);
    EXPECT_GE(rows, 32);
    EXPECT_GE(tight->sequences_limit(), one);
    const std::vector<int32_t> tokens = some_tokens(60, 5);
    EXPECT_EQ(logits_of(*tight, tokens, std::min<int64_t>(rows, 60)), logits_of(*roomy, tokens, 60));
    const int64_t smallest = kPlenty - least->sequences_limit() + one;
    EXPECT_EQ(load(smallest, 256)->options().rows_max, 32);
    EXPECT_OK(load(smallest, 256)->new_sequence(1));
    const Status refused = load(smallest - 1, 256)->check_room(1);
    ASSERT_FALSE(refused.ok()) << "they get no smaller";
    EXPECT_EQ(refused.error().message().find("enough for"), std::string::npos) << refused.error().message();
  }
}

}  // namespace
}  // namespace tug
