// Which units are in memory, where, and which of them has to go. It neither reads nor waits, and is for one
// thread at a time.
#pragma once

#include <optional>
#include <vector>

#include "base/function_ref.h"
#include "weights/cache_policy.h"
#include "weights/placement.h"

namespace tug {

class SlotCache {
 public:
  enum class State : uint8_t { kAbsent, kReading, kPresent };

  SlotCache() = default;
  /// `memory` has Placement::bytes; it begins with the pinned units, which count as present from the start.
  SlotCache(const UnitTable& units, const Placement& placement, double half_life, std::byte* memory);

  bool pinned(size_t unit) const { return entries_[unit].shared < 0; }
  State state(size_t unit) const { return entries_[unit].state; }
  /// Of a unit that is not absent.
  std::byte* place(size_t unit) const { return entries_[unit].place; }

  void tick() { policy_.tick(); }
  void touch(size_t unit) { policy_.touch(unit); }

  /// Gives an absent unit a place: a free one, or that of the present, unused unit that is worth least, which
  /// becomes `evicted`. `keep(unit)` is 0 for units that may go; others go only for a unit that is `needed`,
  /// and only when there is none of those, the largest first. Reading from then on. False: there is no place.
  struct Admission {
    bool done = false;
    std::optional<size_t> evicted = {};
  };
  Admission admit(size_t unit, bool needed, FunctionRef<int64_t(size_t unit)> keep);
  void landed(size_t unit) { entries_[unit].state = State::kPresent; }
  /// A unit that is being read and cannot be had.
  void drop(size_t unit);

  /// Takes away a place of the experts' class with the most bytes, which keeps kSlotsMin: a free one, or that
  /// of the unit that is worth least, as for admit() of a unit that is not needed. No bytes: none can go.
  struct Closed {
    std::byte* place = nullptr;
    int64_t bytes = 0;
    std::optional<size_t> evicted = {};
  };
  Closed close(FunctionRef<int64_t(size_t unit)> keep);
  /// Gives back the place that was closed last; its bytes, 0 if there is none.
  int64_t reopen();

  /// While a unit is in use it stays.
  void use(size_t unit) { ++entries_[unit].users; }
  void give_back(size_t unit) { --entries_[unit].users; }
  bool in_use(size_t unit) const { return entries_[unit].users > 0; }

 private:
  size_t* worth_least(std::vector<size_t>& units, bool needed, FunctionRef<int64_t(size_t unit)> keep);

  struct Class;
  std::optional<size_t> evict(Class& slots, bool needed, FunctionRef<int64_t(size_t unit)> keep);

  struct Entry {
    std::byte* place = nullptr;
    int32_t shared = -1;  // class; -1: pinned
    int32_t users = 0;
    State state = State::kAbsent;
  };
  struct Class {
    int64_t bytes = 0;             // of a place
    std::vector<std::byte*> free;  // places
    std::vector<size_t> inside;    // units that have a place
    bool experts = false;

    int64_t places() const { return static_cast<int64_t>(free.size() + inside.size()); }
  };

  std::vector<Entry> entries_;
  std::vector<Class> classes_;
  std::vector<std::pair<size_t, std::byte*>> closed_;  // class and place
  CachePolicy policy_{0, 1};
};

}  // namespace tug
