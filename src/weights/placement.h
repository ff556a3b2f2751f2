// How memory that is too small for all weights is divided: which units stay, and how many places there are
// for those that come and go. A pure function.
#pragma once

#include <vector>

#include "tugboat/result.h"
#include "weights/unit_table.h"

namespace tug {

struct Placement {
  /// Places of a class at least, where it has so many units: one is in use while another is read.
  static constexpr int64_t kSlotsMin = 2;

  /// Units that share places, each `bytes` large.
  struct Class {
    int64_t bytes = 0;
    int64_t slots = 0;
    std::vector<size_t> units;
  };
  std::vector<size_t> pinned;
  std::vector<Class> classes;

  int64_t bytes = 0;  // of everything
};

/// Dense parts stay as far as there is room, the largest first: every token reads all of them. Those that are
/// left pass through a few places. Experts share what remains, at most `cache` bytes unless that is 0, in
/// classes of equal size, each with its share of the memory. Errors: kOutOfMemory with what is needed at
/// least.
Result<Placement> place_units(const UnitTable& units, int64_t room, int64_t cache);

}  // namespace tug
