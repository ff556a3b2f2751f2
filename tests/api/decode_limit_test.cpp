// What an answer could reach at most, by the bytes of its tokens.
#include <gtest/gtest.h>

#include "tugboat/model.h"

namespace tug {
namespace {

ModelInfo sized(int64_t bytes, int64_t experts) {
  ModelInfo info;
  info.bytes_per_token = bytes;
  info.expert_bytes_per_token = experts;
  return info;
}

TEST(DecodeLimit, IsThatOfTheScarcerOfMemoryAndDrive) {
  const ReadSpeed speed{.memory = 1000, .drive = 100};
  const DecodeLimit resident = decode_limit(sized(500, 300), {}, speed);
  EXPECT_DOUBLE_EQ(resident.per_second, 2);
  EXPECT_FALSE(resident.drive);
  // Dense parts 0.2 s; a quarter of the experts from the drive 0.75 s, beside 0.225 s of the others.
  const DecodeLimit streamed = decode_limit(sized(500, 300), {.expert_hits = 30, .expert_misses = 10}, speed);
  EXPECT_DOUBLE_EQ(streamed.per_second, 1 / 0.95);
  EXPECT_TRUE(streamed.drive);
  const DecodeLimit seldom = decode_limit(sized(500, 300), {.expert_hits = 99, .expert_misses = 1}, speed);
  EXPECT_DOUBLE_EQ(seldom.per_second, 1 / (0.2 + 0.297));
  EXPECT_FALSE(seldom.drive);
}

TEST(DecodeLimit, IsNotKnownWithoutWhatItNeeds) {
  EXPECT_EQ(decode_limit(sized(500, 300), {}, {}).per_second, 0);
  EXPECT_EQ(decode_limit(sized(500, 300), {.expert_misses = 1}, {.memory = 1000}).per_second, 0);
  EXPECT_EQ(decode_limit(sized(0, 0), {}, {.memory = 1000}).per_second, 0);
}

}  // namespace
}  // namespace tug
