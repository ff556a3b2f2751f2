// Sequences as memory: what is taken, shared, copied, given back, saved and refused.
#include "state/sequence.h"

#include <cstring>

#include "support/engines.h"

namespace tug {
namespace {

constexpr int64_t kPage = 4096, kFixed = 1024;

class SequenceTest : public testing::Test {
 protected:
  explicit SequenceTest(StateLayout layout = {.page_bytes = kPage, .fixed_bytes = kFixed, .id = 7})
      : pool_(layout, budget_) {}

  /// Computes tokens whose state is their position: the byte at its place in its page, and the last one in
  /// the fixed part.
  void compute(Sequence& sequence, int64_t count) {
    ASSERT_OK(sequence.begin(count));
    for (int64_t p = sequence.length(); p < sequence.length() + count; ++p) {
      sequence.page(p / kPageTokens)[p % kPageTokens] = static_cast<std::byte>(p % 251 + 1);
      if (pool_.layout().fixed_bytes > 0) sequence.fixed()[p % 32] = static_cast<std::byte>(p % 251 + 1);
    }
    sequence.commit(count);
  }
  static bool holds(const Sequence& sequence, int64_t p) {
    return sequence.page(p / kPageTokens)[p % kPageTokens] == static_cast<std::byte>(p % 251 + 1);
  }
  static std::vector<int32_t> tokens(int64_t count) {
    std::vector<int32_t> all;
    for (int32_t i = 0; i < count; ++i) all.push_back(i);
    return all;
  }

  MemoryBudget budget_{20 * kPage};
  StatePool pool_;
};

class AttentionOnly : public SequenceTest {
 protected:
  AttentionOnly() : SequenceTest({.page_bytes = kPage, .fixed_bytes = 0, .id = 8}) {}
};

TEST_F(SequenceTest, TakesMemoryAsItGrows) {
  Sequence sequence(pool_, 1000);
  EXPECT_EQ(pool_.bytes_used(), 0) << "a capacity is no memory";
  compute(sequence, 2);
  EXPECT_EQ(pool_.bytes_used(), kPage + kFixed);
  compute(sequence, kPageTokens - 2);
  EXPECT_EQ(pool_.bytes_used(), kPage + kFixed);
  compute(sequence, 1);
  EXPECT_EQ(pool_.bytes_used(), 2 * kPage + kFixed);
  EXPECT_EQ(sequence.bytes(), pool_.bytes_used());
}

TEST_F(SequenceTest, WhatIsGivenBackIsUsedAgainAndClean) {
  {
    Sequence sequence(pool_, 1000);
    compute(sequence, 200);
  }
  EXPECT_EQ(pool_.bytes_used(), 0);
  const int64_t free = budget_.free();
  Sequence next(pool_, 1000);
  ASSERT_OK(next.begin(200));
  EXPECT_EQ(budget_.free(), free) << "no new memory";
  for (int64_t i = 0; i < kPage; ++i) ASSERT_EQ(next.page(0)[i], std::byte{0});
  for (int64_t i = 0; i < kFixed; ++i) ASSERT_EQ(next.fixed()[i], std::byte{0});
}

TEST_F(SequenceTest, AFullPoolChangesNothing) {
  Sequence one(pool_, 10'000), two(pool_, 10'000);
  compute(one, 10 * kPageTokens);
  compute(two, 5 * kPageTokens);
  const int64_t used = pool_.bytes_used();
  const Status refused = two.begin(9 * kPageTokens);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kOutOfMemory);
  EXPECT_EQ(pool_.bytes_used(), used);
  EXPECT_EQ(two.error(), nullptr);
  compute(two, 2 * kPageTokens);
  EXPECT_TRUE(holds(two, 6 * kPageTokens));
  EXPECT_EQ(one.begin(100'000).error().code(), ErrorCode::kContextFull);
}

TEST_F(SequenceTest, ForksShareUntilTheyWrite) {
  Sequence one(pool_, 1000);
  compute(one, 2 * kPageTokens + 10);
  const int64_t alone = pool_.bytes_used();
  auto two = value_of(one.fork());
  EXPECT_EQ(pool_.bytes_used(), alone) << "a fork is free";
  compute(*two, 1);
  EXPECT_EQ(pool_.bytes_used(), alone + kPage + kFixed) << "the last page and the fixed part are copied";
  two->page(2)[0] = std::byte{99};
  EXPECT_TRUE(holds(one, 2 * kPageTokens));
  EXPECT_EQ(one.page(1), two->page(1));
  compute(one, 1);
  EXPECT_EQ(pool_.bytes_used(), alone + kPage + kFixed) << "the sole owner writes in place";
  two.reset();
  EXPECT_EQ(pool_.bytes_used(), alone);
}

TEST_F(SequenceTest, DropsTheLastTokensOrAll) {
  Sequence sequence(pool_, 1000);
  compute(sequence, 100);
  EXPECT_FALSE(sequence.truncate(83).ok());
  EXPECT_FALSE(sequence.truncate(101).ok());
  EXPECT_EQ(sequence.length(), 100);
  EXPECT_OK(sequence.truncate(84));
  EXPECT_FALSE(sequence.truncate(83).ok()) << "it is as far back as it can";
  compute(sequence, 1);
  EXPECT_OK(sequence.truncate(84));
  auto fork = value_of(sequence.fork());
  EXPECT_FALSE(fork->truncate(83).ok());
  EXPECT_OK(sequence.truncate(0));
  EXPECT_EQ(sequence.bytes(), 0);
  compute(sequence, 3);
  EXPECT_OK(sequence.truncate(1));
}

TEST_F(AttentionOnly, DropsAnywhere) {
  Sequence sequence(pool_, 1000);
  compute(sequence, 300);
  EXPECT_OK(sequence.truncate(70));
  EXPECT_EQ(pool_.bytes_used(), 2 * kPage);
  compute(sequence, 10);
  EXPECT_TRUE(holds(sequence, 79));
  EXPECT_OK(sequence.truncate(64));
  EXPECT_EQ(pool_.bytes_used(), kPage);
}

TEST_F(SequenceTest, ABrokenOneStaysBroken) {
  Sequence sequence(pool_, 1000);
  compute(sequence, 10);
  sequence.fail(Error(ErrorCode::kIo, "broken"));
  EXPECT_EQ(sequence.begin(1).error().code(), ErrorCode::kIo);
  EXPECT_FALSE(sequence.fork().ok());
  EXPECT_FALSE(sequence.save(0, 1, tokens(10), [](ByteView) { return Status(); }).ok());
  EXPECT_OK(sequence.truncate(0));
  compute(sequence, 1);
}

TEST_F(SequenceTest, SavesAndRestoresRanges) {
  Sequence one(pool_, 1000);
  compute(one, 2 * kPageTokens);
  const auto start = saved(one, 5, tokens(2 * kPageTokens));
  compute(one, 30);
  const auto all = tokens(2 * kPageTokens + 30);
  const auto rest = saved(one, 5, all, 2 * kPageTokens), whole = saved(one, 5, all);
  EXPECT_LT(rest.size(), whole.size() - 2 * kPage);

  Sequence two(pool_, 1000), three(pool_, 1000);
  EXPECT_FALSE(restore(two, 5, rest).ok()) << "its beginning is missing";
  EXPECT_EQ(value_of(restore(two, 5, start)), tokens(2 * kPageTokens));
  EXPECT_OK(restore(two, 5, rest));
  EXPECT_EQ(value_of(restore(three, 5, whole)), all);
  EXPECT_EQ(saved(two, 5, all), whole);
  EXPECT_EQ(saved(three, 5, all), whole);
  EXPECT_FALSE(three.truncate(100).ok()) << "what cannot be dropped is remembered";
  EXPECT_OK(three.truncate(2 * kPageTokens + 14));
}

TEST_F(SequenceTest, SavingTakesNoMemory) {
  Sequence one(pool_, 10'000);
  compute(one, 12 * kPageTokens);
  const int64_t used = pool_.bytes_used();
  size_t pieces = 0, largest = 0;
  ASSERT_OK(one.save(0, 5, tokens(12 * kPageTokens), [&](ByteView bytes) -> Status {
    EXPECT_EQ(pool_.bytes_used(), used);
    ++pieces, largest = std::max(largest, bytes.size());
    return {};
  }));
  EXPECT_GT(pieces, 12u);
  EXPECT_LE(largest, static_cast<size_t>(kPage));
  const auto full = one.save(0, 5, tokens(12 * kPageTokens),
                             [&](ByteView) -> Status { return Error(ErrorCode::kIo, "The disk is full."); });
  EXPECT_EQ(full.error().code(), ErrorCode::kIo);
}

TEST_F(SequenceTest, ForeignAndDamagedBytesAreRefusedByName) {
  Sequence one(pool_, 1000);
  compute(one, 70);
  const auto bytes = saved(one, 5, tokens(70));
  Sequence two(pool_, 1000);
  compute(two, 0);
  const int64_t used = pool_.bytes_used();
  const auto refused = [&](std::vector<std::byte> wrong, uint64_t model, const char* word) {
    const auto result = restore(two, model, wrong);
    ASSERT_FALSE(result.ok());
    EXPECT_NE(result.error().message().find(word), std::string::npos) << result.error().message();
    EXPECT_EQ(two.length(), 0);
    EXPECT_EQ(pool_.bytes_used(), used);
  };
  refused(bytes, 6, "another model");
  auto other = bytes;
  other[0] = std::byte{'X'};
  refused(other, 5, "not a saved state");
  other = bytes, other[4] = std::byte{1};
  refused(other, 5, "version 1");
  other = bytes, other[16] = std::byte{8};
  refused(other, 5, "another backend");
  refused({}, 5, "ends too early");
  for (size_t size = 1; size < bytes.size(); size += 97)
    refused({bytes.begin(), bytes.begin() + static_cast<int64_t>(size)}, 5, "ends too early");
  for (size_t at = 24; at < bytes.size(); at += 61) {
    other = bytes, other[at] ^= std::byte{4};
    EXPECT_FALSE(restore(two, 5, other).ok()) << "byte " << at;
    EXPECT_EQ(two.length(), 0);
  }
  Sequence small(pool_, 69);
  EXPECT_EQ(restore(small, 5, bytes).error().code(), ErrorCode::kContextFull);
  EXPECT_OK(restore(two, 5, bytes));
}

}  // namespace
}  // namespace tug
