#include "workshop/counting_store.h"

#include <algorithm>

#include "plan/cost.h"

namespace tug {

CountingStore::CountingStore(const Plan& plan, std::unique_ptr<WeightStore> store)
    : store_(std::move(store)) {
  for (const Block& block : plan.blocks) {
    const bool experts = std::holds_alternative<MoeFfn>(block.work);
    bytes_of_.push_back({cost_of(plan, UnitId{block.index, -1}).bytes_per_token,
                         experts ? cost_of(plan, UnitId{block.index, 0}).bytes_per_token : 0});
  }
  bytes_of_.push_back({cost_of(plan, UnitId{UnitId::kHead, -1}).bytes_per_token, 0});
}

int CountingStore::open(std::span<const UnitId> needed, Order order, std::span<const UnitId> likely) {
  for (const UnitId unit : needed) {
    const Bytes& bytes =
        unit.block == UnitId::kHead ? bytes_of_.back() : bytes_of_[static_cast<size_t>(unit.block)];
    bytes_ += unit.expert < 0 ? bytes.dense : bytes.expert;
  }
  auto free = std::find_if(leases_.begin(), leases_.end(), [](const auto& lease) { return !lease; });
  if (free == leases_.end()) {
    leases_.emplace_back();
    free = leases_.end() - 1;
  }
  free->emplace(store_->request(needed, order, likely));
  return static_cast<int>(free - leases_.begin());
}

std::span<const Part> CountingStore::take(int lease, bool& done) {
  Lease& inner = *leases_[static_cast<size_t>(lease)];
  const std::span<const Part> parts = inner.take();
  done = inner.done();
  return parts;
}

}  // namespace tug
