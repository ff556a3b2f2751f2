// Saved states that were cut, changed or made up: always a clear error, never more memory than was sent.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "state/sequence.h"
#include "support/engines.h"

namespace tug {
namespace {

constexpr StateLayout kBoth = {.page_bytes = 128, .fixed_bytes = 64, .id = 7};
constexpr StateLayout kPagesOnly = {.page_bytes = 128, .fixed_bytes = 0, .id = 8};
constexpr StateLayout kFixedOnly = {.page_bytes = 0, .fixed_bytes = 64, .id = 9};
constexpr uint64_t kModel = 5;
constexpr int64_t kLength = 150, kCapacity = 1000;

// Where the fields of the header lie.
constexpr size_t kFrom = 24, kTo = 32, kSettled = 40, kHasFixed = 48, kTokens = 56;
constexpr size_t kChecksum = 8;

class DamagedState : public testing::TestWithParam<StateLayout> {
 protected:
  DamagedState() {
    EXPECT_OK(good_.begin(kLength));
    for (int64_t p = 0; p < kLength && GetParam().page_bytes > 0; ++p)
      good_.page(p / kPageTokens)[p % kPageTokens] = static_cast<std::byte>(p);
    if (GetParam().fixed_bytes > 0) std::memset(good_.fixed(), 3, 64);
    good_.commit(kLength);
    bytes_ = saved(good_, kModel, std::vector<int32_t>(kLength, 11));
  }

  /// Restores into an empty sequence, which must stay as it is unless all is well.
  Status try_restore(ByteView bytes) {
    Sequence sequence(pool_, kCapacity);
    const int64_t before = pool_.bytes_used();
    const int64_t largest = std::max({kCapacity * 4, GetParam().page_bytes, GetParam().fixed_bytes});
    ByteReader from(bytes);
    const auto tokens = sequence.restore(kModel, [&](MutableByteView to) -> Status {
      EXPECT_LE(static_cast<int64_t>(to.size()), largest);
      const auto taken = pool_.bytes_used() - before;
      EXPECT_LE(taken, static_cast<int64_t>(from.position()) + GetParam().page_bytes + GetParam().fixed_bytes)
          << "memory for what has not been sent";
      std::ranges::copy(TUG_TRY(from.take(to.size())), to.begin());
      return {};
    });
    if (tokens.ok()) return {};
    EXPECT_FALSE(tokens.error().message().empty());
    EXPECT_EQ(sequence.length(), 0);
    EXPECT_EQ(sequence.bytes(), 0);
    EXPECT_EQ(sequence.error(), nullptr);
    EXPECT_EQ(pool_.bytes_used(), before);
    return tokens.error();
  }

  /// With a field of the header changed and the checksum right for it.
  Status try_header(size_t at, uint64_t value) {
    std::vector<std::byte> bytes = bytes_;
    std::memcpy(&bytes[at], &value, sizeof(value));
    const uint64_t sum = XXH3_64bits(bytes.data(), bytes.size() - kChecksum);
    std::memcpy(&bytes[bytes.size() - kChecksum], &sum, sizeof(sum));
    return try_restore(bytes);
  }

  MemoryBudget budget_{1 << 20};
  StatePool pool_{GetParam(), budget_};
  Sequence good_{pool_, kCapacity};
  std::vector<std::byte> bytes_;
};

TEST_P(DamagedState, CutAnywhere) {
  ASSERT_OK(try_restore(bytes_));
  for (size_t size = 0; size < bytes_.size(); ++size) {
    const Status status = try_restore(ByteView(bytes_).first(size));
    ASSERT_FALSE(status.ok()) << size;
    EXPECT_NE(status.error().message().find("ends too early"), std::string::npos) << status.error().message();
  }
}

TEST_P(DamagedState, AnyBitChanged) {
  for (size_t at = 0; at < bytes_.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      bytes_[at] ^= std::byte{1} << bit;
      ASSERT_FALSE(try_restore(bytes_).ok()) << "bit " << bit << " of byte " << at;
      bytes_[at] ^= std::byte{1} << bit;
    }
  }
}

TEST_P(DamagedState, HeadersThatLieWithTheRightChecksum) {
  constexpr auto kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  ASSERT_OK(try_header(kTo, kLength));
  for (const uint64_t value : {uint64_t{64}, uint64_t{1}, kMost, kMost / 64 * 64, ~uint64_t{0}, kMost + 1})
    EXPECT_FALSE(try_header(kFrom, value).ok()) << value;
  for (const uint64_t value : {uint64_t{0}, uint64_t{1}, uint64_t{kLength + 1}, uint64_t{kCapacity},
                               uint64_t{kCapacity + 1}, uint64_t{1} << 40, kMost, ~uint64_t{0}})
    EXPECT_FALSE(try_header(kTo, value).ok()) << value;
  EXPECT_EQ(try_header(kTo, kMost).error().code(), ErrorCode::kContextFull);
  for (const uint64_t value : {uint64_t{kLength + 1}, kMost, ~uint64_t{0}})
    EXPECT_FALSE(try_header(kSettled, value).ok()) << value;
  // A way back that the recurrent part does not have, or one that is not needed.
  const bool recurrent = GetParam().fixed_bytes > 0;
  EXPECT_FALSE(try_header(kSettled, recurrent ? kLength - kDropMax - 1 : 1).ok());
  EXPECT_FALSE(try_header(kSettled, recurrent ? 0 : kLength).ok());
  for (const uint64_t value : {uint64_t{recurrent ? 0u : 1u}, uint64_t{2}, ~uint64_t{0}})
    EXPECT_FALSE(try_header(kHasFixed, value).ok()) << value;
}

TEST_P(DamagedState, WhatFollowsIsLeftToItsReader) {
  bytes_.insert(bytes_.end(), 100, std::byte{1});
  Sequence sequence(pool_, kCapacity);
  ByteReader from(bytes_);
  ASSERT_OK(sequence.restore(kModel, [&](MutableByteView to) -> Status {
    std::ranges::copy(TUG_TRY(from.take(to.size())), to.begin());
    return {};
  }));
  EXPECT_EQ(from.remaining(), 100u);
}

TEST_P(DamagedState, NoMemoryForIt) {
  const int64_t room = kTokens;  // not even a page
  MemoryBudget small(room);
  StatePool pool(GetParam(), small);
  Sequence sequence(pool, kCapacity);
  const auto result = restore(sequence, kModel, bytes_);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::kOutOfMemory);
  EXPECT_EQ(sequence.length(), 0);
}

INSTANTIATE_TEST_SUITE_P(All, DamagedState, testing::Values(kBoth, kPagesOnly, kFixedOnly),
                         [](const auto& test) {
                           return std::string(test.param.fixed_bytes == 0  ? "pages"
                                              : test.param.page_bytes == 0 ? "recurrent"
                                                                           : "both");
                         });

}  // namespace
}  // namespace tug
