#include "weights/resident_store.h"

#include <algorithm>

#include "base/check.h"

namespace tug {

Result<std::unique_ptr<ResidentStore>> ResidentStore::load(const Checkpoint& checkpoint, const Plan& plan,
                                                           const Packer& packer, int threads,
                                                           MemoryBudget& budget, LoadProgress progress) {
  std::unique_ptr<ResidentStore> store(new ResidentStore);
  const UnitTable& units = store->units_ = UnitTable(plan, packer);
  store->arena_ = TUG_TRY(Arena::allocate(units.total_bytes(), budget, "the weights"));
  std::vector<LoadJob> jobs;
  std::byte* place = store->arena_.data();
  for (size_t unit = 0; unit < units.size(); place += units.bytes(unit++)) {
    store->first_.push_back(store->parts_.size());
    for (const PackedLinear& packed : units.linears(unit)) {
      const MutableByteView slot(place + packed.offset, static_cast<size_t>(packed.bytes));
      store->parts_.push_back({.unit = units.id(unit),
                               .linear = packed.linear,
                               .rows = {0, packed.linear->weight.rows},
                               .packed = slot});
      jobs.push_back({&packed.linear->weight, slot});
    }
  }
  store->first_.push_back(store->parts_.size());
  store->gathered_.reserve(units.linears_max());
  TUG_TRY(load_matrices(checkpoint, jobs, packer, threads, progress));
  store->vectors_ = TUG_TRY(Vectors::load(checkpoint, plan));
  return store;
}

std::span<const Part> ResidentStore::parts_of(UnitId unit) const {
  const size_t index = units_.index_of(unit);
  return std::span(parts_).subspan(first_[index], first_[index + 1] - first_[index]);
}

int ResidentStore::open(std::span<const UnitId> needed, Order) {
  const auto free = std::ranges::find_if(open_, [](const Open& lease) { return !lease.used; });
  TUG_CHECK(free != std::end(open_));
  free->used = true;
  if (needed.size() == 1) {
    free->parts = parts_of(needed[0]);
  } else {
    gathered_.clear();
    for (size_t index = 0; index < needed.size(); ++index) {
      for (Part part : parts_of(needed[index])) {
        part.index = index;
        gathered_.push_back(part);
      }
    }
    free->parts = gathered_;
  }
  return static_cast<int>(free - open_);
}

std::span<const Part> ResidentStore::take(int lease, bool& done) {
  done = true;
  return std::exchange(open_[lease].parts, {});
}

void ResidentStore::close(int lease) { open_[lease] = {}; }

}  // namespace tug
