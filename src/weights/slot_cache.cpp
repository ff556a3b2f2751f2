#include "weights/slot_cache.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace tug {

SlotCache::SlotCache(const UnitTable& units, const Placement& placement, double half_life, std::byte* memory)
    : entries_(units.size()), policy_(units.size(), half_life) {
  for (const size_t unit : placement.pinned) {
    entries_[unit] = {.place = memory, .state = State::kPresent};
    memory += units.bytes(unit);
  }
  for (const Placement::Class& shared : placement.classes) {
    for (const size_t unit : shared.units) entries_[unit].shared = static_cast<int32_t>(classes_.size());
    Class& slots = classes_.emplace_back();
    slots.bytes = shared.bytes;
    slots.experts = units.is_expert(shared.units[0]);
    slots.inside.reserve(static_cast<size_t>(shared.slots));
    for (int64_t slot = 0; slot < shared.slots; ++slot, memory += shared.bytes) slots.free.push_back(memory);
    std::reverse(slots.free.begin(), slots.free.end());
  }
}

/// The unit that goes first; null if none may.
size_t* SlotCache::worth_least(std::vector<size_t>& units, bool needed,
                               FunctionRef<int64_t(size_t unit)> keep) {
  size_t* least = nullptr;
  int64_t least_keep = 0;
  for (size_t& unit : units) {
    const Entry& entry = entries_[unit];
    if (entry.state != State::kPresent || entry.users > 0) continue;
    const int64_t own = keep(unit);
    if (own > 0 && !needed) continue;
    const bool goes = least == nullptr                  ? true
                      : (own == 0) != (least_keep == 0) ? own == 0
                      : own != least_keep               ? own > least_keep
                                                        : policy_.score(unit) < policy_.score(*least);
    if (goes) least = &unit, least_keep = own;
  }
  return least;
}

/// Frees the place of the unit that goes first.
std::optional<size_t> SlotCache::evict(Class& slots, bool needed, FunctionRef<int64_t(size_t unit)> keep) {
  size_t* victim = worth_least(slots.inside, needed, keep);
  if (victim == nullptr) return std::nullopt;
  const size_t unit = std::exchange(*victim, slots.inside.back());
  slots.inside.pop_back();
  slots.free.push_back(entries_[unit].place);
  entries_[unit].state = State::kAbsent;
  return unit;
}

SlotCache::Admission SlotCache::admit(size_t unit, bool needed, FunctionRef<int64_t(size_t unit)> keep) {
  Entry& entry = entries_[unit];
  TUG_CHECK(entry.state == State::kAbsent && entry.shared >= 0);
  Class& slots = classes_[static_cast<size_t>(entry.shared)];
  Admission admission{true, {}};
  if (slots.free.empty()) {
    admission.evicted = evict(slots, needed, keep);
    if (!admission.evicted) return {};
  }
  entry.place = slots.free.back();
  entry.state = State::kReading;
  slots.free.pop_back();
  slots.inside.push_back(unit);
  return admission;
}

SlotCache::Closed SlotCache::close(FunctionRef<int64_t(size_t unit)> keep) {
  std::vector<Class*> candidates;
  for (Class& slots : classes_) {
    if (slots.experts && slots.places() > Placement::kSlotsMin) candidates.push_back(&slots);
  }
  std::ranges::sort(candidates, [](const Class* a, const Class* b) {
    return a->bytes * a->places() > b->bytes * b->places();
  });
  for (Class* slots : candidates) {
    Closed closed = {nullptr, slots->bytes, {}};
    if (slots->free.empty()) {
      closed.evicted = evict(*slots, false, keep);
      if (!closed.evicted) continue;
    }
    closed.place = slots->free.back();
    slots->free.pop_back();
    closed_.push_back({static_cast<size_t>(slots - classes_.data()), closed.place});
    return closed;
  }
  return {};
}

int64_t SlotCache::reopen() {
  if (closed_.empty()) return 0;
  const auto [index, place] = closed_.back();
  closed_.pop_back();
  classes_[index].free.push_back(place);
  return classes_[index].bytes;
}

void SlotCache::drop(size_t unit) {
  Entry& entry = entries_[unit];
  Class& slots = classes_[static_cast<size_t>(entry.shared)];
  slots.free.push_back(entry.place);
  slots.inside.erase(std::find(slots.inside.begin(), slots.inside.end(), unit));
  entry.state = State::kAbsent;
}

}  // namespace tug
