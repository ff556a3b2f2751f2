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

CountingStore::Count CountingStore::take() {
  const StoreStats now = store_->stats();
  count_.stats = now - std::exchange(before_, now);
  return std::exchange(count_, {});
}

int CountingStore::open(std::span<const UnitId> needed, Order order) {
  auto free = std::find_if(leases_.begin(), leases_.end(), [](const Open& open) { return !open.lease; });
  if (free == leases_.end()) {
    leases_.emplace_back();
    free = leases_.end() - 1;
  }
  Request request;
  for (const UnitId unit : needed) {
    const Bytes& bytes =
        unit.block == UnitId::kHead ? bytes_of_.back() : bytes_of_[static_cast<size_t>(unit.block)];
    count_.bytes += unit.expert < 0 ? bytes.dense : bytes.expert;
    request.block = unit.block, request.expert_bytes = bytes.expert;
    if (unit.expert >= 0) request.experts.push_back(unit.expert);
  }
  free->request.reset();
  if (store_->streams() && !request.experts.empty()) {
    free->request = count_.requests.size();
    free->before = store_->stats();
    count_.requests.push_back(std::move(request));
  }
  free->lease.emplace(store_->request(needed, order));
  return static_cast<int>(free - leases_.begin());
}

std::span<const Part> CountingStore::take(int lease, bool& done) {
  Lease& inner = *leases_[static_cast<size_t>(lease)].lease;
  const std::span<const Part> parts = inner.take();
  done = inner.done();
  return parts;
}

void CountingStore::close(int lease) {
  Open& open = leases_[static_cast<size_t>(lease)];
  open.lease.reset();
  if (!open.request || *open.request >= count_.requests.size()) return;
  const StoreStats own = store_->stats() - open.before;
  count_.requests[*open.request].hits = own.hits;
  count_.requests[*open.request].misses = own.misses;
}

}  // namespace tug
