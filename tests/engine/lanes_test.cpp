// Turns of long and short passes, simulated.
#include "engine/lanes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace tug {
namespace {

using Turn = Lanes::Turn;

TEST(LanesTest, WhoIsAloneGetsAll) {
  Lanes lanes;
  EXPECT_EQ(lanes.next(false, false), Turn::kNone);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(lanes.next(true, false), Turn::kLong);
    lanes.spent(Turn::kLong, 9);
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(lanes.next(false, true), Turn::kShort);
    lanes.spent(Turn::kShort, 9);
  }
  EXPECT_EQ(lanes.next(true, true), Turn::kShort) << "what was before does not count";
}

/// Blocks and steps of random lengths: both get their share of the time, and whoever waits waits for no
/// longer than the other's last turn and what it had saved up.
TEST(LanesTest, BothGetTheirShares) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Lanes lanes;
    const double block = uniform_at(seed, 0), step = uniform_at(seed, 1);
    double seconds[2] = {0, 0}, waited = 0, longest = 0;
    for (uint64_t i = 0; i < 2000; ++i) {
      const Turn turn = lanes.next(true, true);
      const bool is_long = turn == Turn::kLong;
      const double took = (is_long ? block : step) * (0.5 + uniform_at(seed, 2 + i));
      lanes.spent(turn, took);
      seconds[is_long] += took;
      waited = is_long ? waited + took : 0;
      longest = std::max(longest, waited);
    }
    const double slack = 1.5 * (block + step);
    EXPECT_NEAR(seconds[0], (seconds[0] + seconds[1]) * Lanes::kShortShare, slack);
    EXPECT_LE(longest, 1.5 * block + 1.5 * step * (1 - Lanes::kShortShare) / Lanes::kShortShare);
  }
}

}  // namespace
}  // namespace tug
