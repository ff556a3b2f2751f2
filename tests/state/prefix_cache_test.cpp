// Which state begins a prompt, whose it may be, what it costs and which one goes first.
#include "state/prefix_cache.h"

#include "base/random.h"
#include "support/engines.h"

namespace tug {
namespace {

constexpr int64_t kPage = 4096, kFixed = 64 * kPage;
using Tokens = std::vector<int32_t>;

Tokens from(int32_t first, int64_t count) {
  Tokens tokens;
  for (int32_t i = 0; i < count; ++i) tokens.push_back(first + i);
  return tokens;
}
Tokens operator+(Tokens a, const Tokens& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class PrefixCacheTest : public testing::TestWithParam<int64_t> {
 protected:
  /// The state of `tokens`, on from one that holds some of them.
  std::unique_ptr<Sequence> computed(const Tokens& tokens, std::unique_ptr<Sequence> sequence = nullptr) {
    if (!sequence) sequence = std::make_unique<Sequence>(pool_, 100'000);
    const int64_t more = static_cast<int64_t>(tokens.size()) - sequence->length();
    EXPECT_OK(sequence->begin(more));
    sequence->commit(more);
    return sequence;
  }
  void keep(const std::string& scope, const Tokens& tokens) { cache_.keep(scope, tokens, computed(tokens)); }
  int64_t found(const std::string& scope, const Tokens& tokens) {
    const auto hit = cache_.find(scope, tokens, 10'000);
    return hit.sequence ? hit.sequence->length() : 0;
  }
  bool recurrent() const { return GetParam() > 0; }

  MemoryBudget budget_{2000 * kPage};
  StatePool pool_{{.page_bytes = kPage, .fixed_bytes = GetParam(), .id = 1}, budget_};
  PrefixCache cache_{pool_.layout(), 500 * kPage};
};

INSTANTIATE_TEST_SUITE_P(Attention, PrefixCacheTest, testing::Values(0));
INSTANTIATE_TEST_SUITE_P(Hybrid, PrefixCacheTest, testing::Values(kFixed));

TEST_P(PrefixCacheTest, FindsTheLongestBeginningOfItsScope) {
  EXPECT_EQ(found("a", from(0, 100)), 0);
  keep("a", from(0, 100));
  EXPECT_EQ(found("a", from(0, 200)), 100);
  EXPECT_EQ(found("b", from(0, 200)), 0) << "another scope's";
  EXPECT_EQ(found("a", from(0, 100)), 99) << "the last token's logits are wanted";
  EXPECT_EQ(found("a", from(1, 100)), 0);
  keep("a", from(0, 300));
  EXPECT_EQ(found("a", from(0, 200)), recurrent() ? 100 : 199);
  EXPECT_EQ(found("a", from(0, 100) + from(900, 5)), 100);
  EXPECT_EQ(cache_.size(), recurrent() ? 2u : 1u) << "the longer one begins what the shorter did";
}

TEST_P(PrefixCacheTest, AFewTokensCanAlwaysBeDropped) {
  keep("", from(0, 100));
  EXPECT_EQ(found("", from(0, 84) + from(900, 9)), 84);
  EXPECT_EQ(found("", from(0, 83) + from(900, 9)), recurrent() ? 0 : 83);
  EXPECT_EQ(cache_.find("", from(0, 83) + from(900, 9), 100).common, 83) << "where prompts part";
  keep("", from(0, 90));
  EXPECT_EQ(cache_.size(), 1u) << "nothing new";
}

TEST_P(PrefixCacheTest, SharedMemoryCountsOnceAndIsGivenBack) {
  auto first = computed(from(0, 640));
  cache_.keep("", from(0, 640), value_of(first->fork()));
  const int64_t one = 10 * kPage + GetParam();
  EXPECT_EQ(cache_.bytes(), one);
  const Tokens left = from(0, 640) + from(1000, 64), right = from(0, 640) + from(2000, 64);
  cache_.keep("", left, computed(left, cache_.find("", left, 5000).sequence));
  cache_.keep("", right, computed(right, cache_.find("", right, 5000).sequence));
  EXPECT_EQ(cache_.bytes(), 12 * kPage + (recurrent() ? 3 : 0) * GetParam());
  first.reset();
  EXPECT_EQ(pool_.bytes_used(), cache_.bytes());
  while (cache_.drop_one()) {
  }
  EXPECT_EQ(cache_.bytes(), 0);
  EXPECT_EQ(pool_.bytes_used(), 0);
}

TEST_P(PrefixCacheTest, TheBudgetHoldsAndTheOldestGoFirst) {
  for (int32_t i = 0; i < 40; ++i) {
    keep("", from(10'000 * i, 64 * 20));
    EXPECT_EQ(found("", from(0, 64 * 20 + 1)), 64 * 20) << "wanted again and again, at " << i;
    EXPECT_LE(cache_.bytes(), 500 * kPage);
  }
  EXPECT_EQ(found("", from(390'000, 2000)), 64 * 20) << "the newest";
  EXPECT_EQ(found("", from(20'000, 2000)), 0) << "an old one that nobody wanted";
}

TEST_P(PrefixCacheTest, WhatIsTooLargeIsNotKept) {
  keep("", from(0, 64 * 600));
  EXPECT_EQ(cache_.size(), 0u);
  EXPECT_EQ(pool_.bytes_used(), 0);
}

/// Random conversations against a list that is looked through.
TEST_P(PrefixCacheTest, AgreesWithASearchOfAllThatWasKept) {
  struct Kept {
    std::string scope;
    Tokens tokens;
  };
  std::vector<Kept> all;
  uint64_t draws = 0;
  const auto draw = [&](int64_t below) {
    return static_cast<int64_t>(uniform_at(99, draws++) * static_cast<double>(below));
  };
  for (int i = 0; i < 300; ++i) {
    Tokens tokens;
    if (!all.empty() && draw(3) > 0) {
      tokens = all[static_cast<size_t>(draw(std::ssize(all)))].tokens;
      tokens.resize(static_cast<size_t>(1 + draw(std::ssize(tokens))));
    }
    tokens = tokens + from(static_cast<int32_t>(draw(2)), 1 + draw(60));
    const std::string scope = draw(2) > 0 ? "a" : "b";
    int64_t expected = 0;
    for (const Kept& kept : all) {
      if (kept.scope != scope) continue;
      const int64_t common = std::ranges::mismatch(kept.tokens, tokens).in1 - kept.tokens.begin();
      const int64_t usable = std::min<int64_t>(common, std::ssize(tokens) - 1);
      const bool reachable = !recurrent() || usable >= std::ssize(kept.tokens) - kDropMax;
      if (reachable) expected = std::max(expected, usable);
    }
    ASSERT_EQ(found(scope, tokens), expected) << i;
    if (cache_.bytes() + pool_.layout().bytes(std::ssize(tokens)) > 500 * kPage) {
      while (cache_.drop_one()) {
      }
      all.clear();
    }
    keep(scope, tokens);
    all.push_back({scope, tokens});
  }
}

}  // namespace
}  // namespace tug
