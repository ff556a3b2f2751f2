// Passes: paused between blocks, several at once, given up; one row's error is that row's alone.
#include "engine/pass.h"

#include "support/engines.h"
#include "support/random_model.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

class PassTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    RandomModel shape;
    shape.types = {Type::kF16, Type::kQ8_0};
    make_random_model(shape).write(directory_ / "m.gguf");
    engine_ = load_engine(directory_ / "m.gguf", {.backend = GetParam(), .threads = 2});
    for (int32_t i = 0; i < 60; ++i) tokens_.push_back(i * 37 % 96);
    expected_ = logits_of(*engine_, tokens_, 64);
  }

  std::vector<Row> rows(Sequence& sequence, int64_t count) const {
    std::vector<Row> rows;
    for (int64_t i = sequence.length(); i < sequence.length() + count; ++i)
      rows.push_back({tokens_[static_cast<size_t>(i)], i, &sequence, true});
    return rows;
  }
  std::unique_ptr<Sequence> sequence() { return value_of(engine_->new_sequence(100)); }

  /// The pass's rows must have the logits of positions first, first + 1, ...
  void finish_and_check(Pass& pass, int64_t first) {
    size_t seen = 0;
    engine_->finish(pass, [&](size_t row, std::span<float> logits) {
      const auto at = expected_.begin() + (first + static_cast<int64_t>(row)) * 96;
      EXPECT_TRUE(std::equal(logits.begin(), logits.end(), at)) << "row " << row;
      ++seen;
    });
    EXPECT_EQ(seen, pass.rows().size());
  }

  TempDir directory_;
  std::unique_ptr<Engine> engine_;
  std::vector<int32_t> tokens_;
  std::vector<float> expected_;
};

TEST_P(PassTest, SeveralAtOnceBlockByBlock) {
  auto one = sequence(), two = sequence(), three = sequence();
  Pass a = value_of(engine_->begin(rows(*one, 40)));
  engine_->advance(a, 3);
  Pass b = value_of(engine_->begin(rows(*two, 7)));
  while (!a.done() || !b.done()) {
    engine_->advance(b, 1);
    engine_->advance(a, 1);
    Pass whole = value_of(engine_->begin(rows(*three, 1)));  // decode beside both
    engine_->advance(whole);
    finish_and_check(whole, three->length());
  }
  finish_and_check(b, 0);
  finish_and_check(a, 0);
  Pass rest = value_of(engine_->begin(rows(*one, 20)));
  engine_->advance(rest);
  finish_and_check(rest, 40);
}

TEST_P(PassTest, ARowThatCannotRunFailsAlone) {
  auto good = sequence(), bad = sequence(), full = value_of(engine_->new_sequence(2));
  std::vector<Row> all = rows(*bad, 3);
  all[1].token = 96;
  for (const Row& row : rows(*good, 5)) all.push_back(row);
  for (const Row& row : rows(*full, 3)) all.push_back(row);
  Pass pass = value_of(engine_->begin(all));
  engine_->advance(pass);
  std::vector<size_t> seen;
  engine_->finish(pass, [&](size_t row, std::span<float> logits) {
    EXPECT_TRUE(
        std::equal(logits.begin(), logits.end(), expected_.begin() + static_cast<int64_t>(row - 3) * 96));
    seen.push_back(row);
  });
  EXPECT_EQ(seen, (std::vector<size_t>{3, 4, 5, 6, 7}));
  for (size_t row : {0, 1, 2}) EXPECT_EQ(pass.error(row)->code(), ErrorCode::kInvalidArgument);
  for (size_t row : {8, 9, 10}) EXPECT_EQ(pass.error(row)->code(), ErrorCode::kContextFull);
  EXPECT_EQ(pass.error(3), nullptr);
  // Nothing happened to them: with good rows they go on.
  EXPECT_EQ(bad->length(), 0);
  Pass again = value_of(engine_->begin(rows(*bad, 10)));
  engine_->advance(again);
  finish_and_check(again, 0);
}

TEST_P(PassTest, ASequenceIsInOnePassAtATime) {
  auto one = sequence();
  Pass pass = value_of(engine_->begin(rows(*one, 4)));
  Pass twice = value_of(engine_->begin(rows(*one, 4)));
  EXPECT_NE(twice.error(0), nullptr);
  engine_->advance(twice);
  engine_->finish(twice, [](size_t, std::span<float>) { FAIL() << "no row could run"; });
  engine_->advance(pass);
  finish_and_check(pass, 0);
}

TEST_P(PassTest, GivenUpBeforeItsFirstBlockChangesNothing) {
  auto one = sequence();
  { const Pass dropped = value_of(engine_->begin(rows(*one, 30))); }
  Pass pass = value_of(engine_->begin(rows(*one, 30)));
  engine_->advance(pass);
  finish_and_check(pass, 0);
}

TEST_P(PassTest, GivenUpHalfWayGoesBackOrIsNeverContinued) {
  auto one = sequence();
  for (int64_t tokens : {30, 16, 12, 1}) {  // from 0 always, else as many as can be dropped
    for (int64_t blocks = 1; blocks < 8; blocks += 3) {
      Pass dropped = value_of(engine_->begin(rows(*one, tokens)));
      engine_->advance(dropped, blocks);
    }
    Pass pass = value_of(engine_->begin(rows(*one, 5)));
    engine_->advance(pass);
    finish_and_check(pass, one->length());
  }
  {
    Pass dropped = value_of(engine_->begin(rows(*one, 17)));
    engine_->advance(dropped, 2);
  }
  Pass pass = value_of(engine_->begin(rows(*one, 1)));
  ASSERT_NE(pass.error(0), nullptr);
  EXPECT_EQ(pass.error(0)->code(), ErrorCode::kCancelled);
  EXPECT_OK(one->truncate(0));
  Pass again = value_of(engine_->begin(rows(*one, 20)));
  engine_->advance(again);
  finish_and_check(again, 0);
}

INSTANTIATE_TEST_SUITE_P(Backends, PassTest, testing::Values("cpu", "reference"),
                         [](const auto& backend) { return std::string(backend.param); });

}  // namespace
}  // namespace tug
