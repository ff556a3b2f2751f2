// Placement: every unit has a place or shares one, nothing exceeds the room, more room pins and keeps more.
#include "weights/placement.h"

#include "backends/reference/reference_backend.h"
#include "models/architecture.h"
#include "support/draw_model.h"
#include "support/expect.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

class Placing : public testing::Test {
 protected:
  void load(const RandomModel& shape) {
    make_random_model(shape).write(directory_ / "m.gguf");
    checkpoint_.emplace(value_of(Checkpoint::open(directory_ / "m.gguf")));
    plan_ = value_of(make_plan(*checkpoint_));
    units_ = UnitTable(plan_, packer_);
  }

  /// The least room that is enough.
  int64_t least() const {
    int64_t low = 0, high = 2 * units_.total_bytes();
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (place_units(units_, middle, 0).ok()) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  void check(const Placement& placement, int64_t room) const {
    EXPECT_LE(placement.bytes, room);
    std::vector<int> times(units_.size());
    int64_t bytes = 0;
    for (const size_t unit : placement.pinned) ++times[unit], bytes += units_.bytes(unit);
    for (const Placement::Class& shared : placement.classes) {
      const auto all = static_cast<int64_t>(shared.units.size());
      EXPECT_GE(shared.slots, std::min<int64_t>(2, all));
      EXPECT_LE(shared.slots, all);
      bytes += shared.slots * shared.bytes;
      for (const size_t unit : shared.units) {
        ++times[unit];
        EXPECT_LE(units_.bytes(unit), shared.bytes);
      }
    }
    EXPECT_EQ(bytes, placement.bytes);
    EXPECT_EQ(times, std::vector<int>(units_.size(), 1)) << "each unit once";
  }

  static constexpr auto slots_of_experts = [](const UnitTable& units, const Placement& placement) {
    int64_t slots = 0;
    for (const Placement::Class& shared : placement.classes) {
      if (units.is_expert(shared.units[0])) slots += shared.slots;
    }
    return slots;
  };

  TempDir directory_;
  const ReferenceBackend packer_;
  std::optional<Checkpoint> checkpoint_;
  Plan plan_;
  UnitTable units_;
};

TEST_F(Placing, AnyRoomFromTheLeastOn) {
  for (uint64_t seed = 0; seed < 7; ++seed) {
    load(draw_model(seed));
    const int64_t need = least(), all = units_.total_bytes();
    const auto refused = place_units(units_, need - 1, 0);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::kOutOfMemory);
    size_t pinned = 0;
    int64_t slots = 0;
    for (int step = 0; step <= 20; ++step) {
      const int64_t room = need + (all - need) * step / 20;
      const Placement placement = value_of(place_units(units_, room, 0));
      check(placement, room);
      EXPECT_GE(placement.pinned.size(), pinned);
      if (placement.pinned.size() == pinned) {
        EXPECT_GE(slots_of_experts(units_, placement), slots);
      }
      pinned = placement.pinned.size(), slots = slots_of_experts(units_, placement);
    }
  }
}

TEST_F(Placing, ACacheBoundsTheExpertsAlone) {
  load({.experts = 40});
  const int64_t room = units_.total_bytes();
  const int64_t expert = units_.bytes(units_.index_of({1, 0}));
  const Placement placement = value_of(place_units(units_, room, 9 * expert));
  check(placement, room);
  EXPECT_EQ(slots_of_experts(units_, placement), 9);
  EXPECT_EQ(slots_of_experts(units_, value_of(place_units(units_, room, 1))), 2) << "never fewer than work";
}

}  // namespace
}  // namespace tug
