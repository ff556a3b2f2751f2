#include "weights/placement.h"

#include <algorithm>
#include <map>

#include "base/units.h"

namespace tug {
namespace {

using Class = Placement::Class;

int64_t slots_min(const Class& shared) {
  return std::min(Placement::kSlotsMin, static_cast<int64_t>(shared.units.size()));
}

std::vector<Class> expert_classes(const UnitTable& units) {
  std::map<int64_t, Class> by_size;
  for (size_t unit = 0; unit < units.size(); ++unit) {
    if (!units.is_expert(unit)) continue;
    Class& shared = by_size[units.bytes(unit)];
    shared.bytes = units.bytes(unit);
    shared.units.push_back(unit);
  }
  std::vector<Class> classes;
  for (auto& [bytes, shared] : by_size) classes.push_back(std::move(shared));
  return classes;
}

/// Gives the classes their places: shares of `room` in proportion to what their units take in all.
int64_t share_out(std::vector<Class>& classes, int64_t room) {
  double wanted = 0;
  for (const Class& shared : classes)
    wanted += static_cast<double>(shared.bytes) * static_cast<double>(shared.units.size());
  int64_t used = 0;
  for (Class& shared : classes) {
    const auto all = static_cast<int64_t>(shared.units.size());
    const double share = wanted > 0 ? static_cast<double>(room) / wanted : 0;
    const auto fair = static_cast<int64_t>(share * static_cast<double>(all));
    shared.slots = std::clamp(fair, slots_min(shared), all);
    used += shared.slots * shared.bytes;
  }
  // Rounding up to the least may have taken too much: the others give it back.
  for (Class& shared : classes) {
    while (used > room && shared.slots > slots_min(shared)) --shared.slots, used -= shared.bytes;
  }
  return used;
}

}  // namespace

Result<Placement> place_units(const UnitTable& units, int64_t room, int64_t cache) {
  std::vector<Class> experts = expert_classes(units);
  int64_t experts_min = 0;
  for (const Class& shared : experts) experts_min += slots_min(shared) * shared.bytes;

  std::vector<size_t> dense;
  for (size_t unit = 0; unit < units.size(); ++unit) {
    if (!units.is_expert(unit)) dense.push_back(unit);
  }
  std::stable_sort(dense.begin(), dense.end(),
                   [&](size_t a, size_t b) { return units.bytes(a) > units.bytes(b); });

  // Pinning the largest ones makes the places of the others small.
  Placement placement;
  int64_t left = room - experts_min;
  size_t pinned = 0;
  const auto passing = [&](size_t from) {
    if (from == dense.size()) return Class{};
    Class shared;
    shared.bytes = units.bytes(dense[from]);
    shared.units.assign(dense.begin() + static_cast<int64_t>(from), dense.end());
    shared.slots = slots_min(shared);
    return shared;
  };
  int64_t dense_bytes = 0, pinned_bytes = 0;
  for (const size_t unit : dense) dense_bytes += units.bytes(unit);
  if (dense_bytes <= left) {
    pinned = dense.size();
    pinned_bytes = dense_bytes;
  } else {
    const Class least = passing(0);
    if (least.slots * least.bytes > left) {
      return Error(ErrorCode::kOutOfMemory,
                   "The weights need " + format_size(least.slots * least.bytes + experts_min) +
                       " at least, to pass through memory, and there are " + format_size(room) +
                       ". Allow more memory, or use a smaller model.");
    }
    while (pinned < dense.size()) {
      const Class rest = passing(pinned + 1);
      const int64_t with = pinned_bytes + units.bytes(dense[pinned]);
      if (with + rest.slots * rest.bytes > left) break;
      pinned_bytes = with;
      ++pinned;
    }
  }
  placement.pinned.assign(dense.begin(), dense.begin() + static_cast<int64_t>(pinned));
  std::sort(placement.pinned.begin(), placement.pinned.end());
  placement.bytes = pinned_bytes;
  if (Class shared = passing(pinned); !shared.units.empty()) {
    placement.bytes += shared.slots * shared.bytes;
    placement.classes.push_back(std::move(shared));
  }
  const int64_t for_experts = room - placement.bytes;
  placement.bytes += share_out(experts, cache > 0 ? std::min(cache, for_experts) : for_experts);
  for (Class& shared : experts) placement.classes.push_back(std::move(shared));
  return placement;
}

}  // namespace tug
