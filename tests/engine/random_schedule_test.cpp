// Any legal schedule gives the same logits: slices of any length, passes paused between blocks and given up,
// states kept, begun with and evicted.
#include "state/prefix_cache.h"
#include "support/engines.h"
#include "support/random_model.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

constexpr int64_t kTokens = 120;

class RandomSchedule : public testing::TestWithParam<const char*> {
 protected:
  struct Work {
    std::vector<int32_t> tokens;
    std::vector<float> expected;  // logits [tokens, V]
    std::unique_ptr<Sequence> sequence;
    bool in_pass = false;
  };
  struct Flying {
    Pass pass;
    std::vector<Work*> works;  // of each row
  };

  RandomSchedule() {
    shape_.architecture = GetParam();
    shape_.types = {Type::kF16, Type::kQ8_0};
    make_random_model(shape_).write(directory_ / "m.gguf");
    engine_ = load_engine(directory_ / "m.gguf", {.threads = 2, .rows_max = 64});
    cache_.emplace(engine_->state_layout(), 3 * engine_->sequence_bytes(kTokens));
    works_.resize(6);
    for (size_t i = 0; i < works_.size(); ++i) {
      // The second half of them begins like the first.
      if (i >= 3) works_[i].tokens.assign(works_[i - 3].tokens.begin(), works_[i - 3].tokens.begin() + 70);
      while (std::ssize(works_[i].tokens) < kTokens)
        works_[i].tokens.push_back(static_cast<int32_t>(draw(shape_.vocabulary)));
      works_[i].expected = logits_of(*engine_, works_[i].tokens, 50);
      restart(works_[i]);
    }
  }

  int64_t draw(int64_t below) {
    return static_cast<int64_t>(uniform_at(3, draws_++) * static_cast<double>(below));
  }
  Work& any() { return works_[static_cast<size_t>(draw(std::ssize(works_)))]; }

  /// With what the cache knows.
  void restart(Work& work) {
    work.sequence = cache_->find("", work.tokens, kTokens).sequence;
    if (!work.sequence) work.sequence = value_of(engine_->new_sequence(kTokens));
    else begun_with_state_ += work.sequence->length();
  }

  void begin() {
    std::vector<Row> rows;
    std::vector<Work*> of_rows;
    for (int64_t i = 0; i < 3; ++i) {
      Work& work = any();
      const int64_t length = work.sequence->length();
      const int64_t count = std::min(1 + draw(20), kTokens - length);
      if (work.in_pass || count == 0) continue;
      work.in_pass = true;
      for (int64_t p = length; p < length + count; ++p) {
        rows.push_back({work.tokens[static_cast<size_t>(p)], p, work.sequence.get(), true});
        of_rows.push_back(&work);
      }
    }
    if (!rows.empty()) flying_.push_back({value_of(engine_->begin(rows)), of_rows});
  }

  void go_on(size_t which) {
    Flying& flying = flying_[which];
    engine_->advance(flying.pass, 1 + draw(4));
    const bool given_up = draw(12) == 0;
    if (!flying.pass.done() && !given_up) return;
    if (flying.pass.done()) {
      engine_->finish(flying.pass, [&](size_t row, std::span<float> logits) {
        const auto expected =
            flying.works[row]->expected.begin() + flying.pass.rows()[row].position * shape_.vocabulary;
        ASSERT_TRUE(std::equal(logits.begin(), logits.end(), expected)) << "row " << row;
        ++checked_;
      });
    }
    const std::vector<Work*> works = flying.works;
    std::vector<Flying> others;  // a pass moves, but is not assigned
    for (size_t i = 0; i < flying_.size(); ++i) {
      if (i != which) others.push_back(std::move(flying_[i]));
    }
    flying_ = std::move(others);
    for (Work* work : works) {
      work->in_pass = false;
      if (work->sequence->error()) restart(*work);
    }
  }

  void keep_or_forget(Work& work) {
    if (work.in_pass || work.sequence->length() == 0) return;
    const auto length = static_cast<std::ptrdiff_t>(work.sequence->length());
    if (draw(2) > 0) {
      cache_->keep("", {work.tokens.begin(), work.tokens.begin() + length}, value_of(work.sequence->fork()));
    }
    if (draw(3) == 0 || length == kTokens) restart(work);
    if (draw(10) == 0) cache_->drop_one();
  }

  TempDir directory_;
  RandomModel shape_;
  std::unique_ptr<Engine> engine_;
  std::optional<PrefixCache> cache_;
  std::vector<Work> works_;
  std::vector<Flying> flying_;
  uint64_t draws_ = 0;
  int64_t checked_ = 0, begun_with_state_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Models, RandomSchedule, testing::Values("qwen3moe", "qwen35moe"));

TEST_P(RandomSchedule, GivesTheSameLogits) {
  for (int i = 0; i < 1500 && !HasFailure(); ++i) {
    if (flying_.size() < 3 && draw(2) > 0) begin();
    else if (!flying_.empty()) go_on(static_cast<size_t>(draw(std::ssize(flying_))));
    keep_or_forget(any());
  }
  EXPECT_GT(checked_, 2000);
  EXPECT_GT(begun_with_state_, 500);
  flying_.clear();
}

}  // namespace
}  // namespace tug
