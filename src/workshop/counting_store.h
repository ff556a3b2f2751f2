// A store that counts what is asked of another.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "weights/store.h"

namespace tug {

class CountingStore : public WeightStore {
 public:
  CountingStore(const Plan& plan, std::unique_ptr<WeightStore> store);

  /// Bytes, as stored in the file, of all units that were asked for since the last call.
  int64_t take_bytes() { return std::exchange(bytes_, 0); }

  void expect(std::span<const UnitId> units) override { store_->expect(units); }
  std::span<const float> vector(const Vector& vector) const override { return store_->vector(vector); }
  int64_t memory() const override { return store_->memory(); }
  bool streams() const override { return store_->streams(); }
  StoreStats stats() const override { return store_->stats(); }

 private:
  int open(std::span<const UnitId> needed, Order order, std::span<const UnitId> likely) override;
  std::span<const Part> take(int lease, bool& done) override;
  void close(int lease) override { leases_[static_cast<size_t>(lease)].reset(); }

  /// Of a block's dense part, or the head's at the end; of one expert of the block.
  struct Bytes {
    int64_t dense = 0, expert = 0;
  };
  std::vector<Bytes> bytes_of_;
  std::unique_ptr<WeightStore> store_;
  std::vector<std::optional<Lease>> leases_;
  int64_t bytes_ = 0;
};

}  // namespace tug
