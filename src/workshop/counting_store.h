// A store that counts what is asked of another, and how it does.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "weights/store.h"

namespace tug {

class CountingStore : public WeightStore {
 public:
  CountingStore(const Plan& plan, std::unique_ptr<WeightStore> store);

  /// Some experts of a block that were asked for at once, and how many of them were there.
  struct Request {
    int32_t block = 0;
    std::vector<int32_t> experts = {};
    int64_t hits = 0, misses = 0;
    int64_t expert_bytes = 0;  // of one, as stored in the file
  };
  struct Count {
    int64_t bytes = 0;                   // as stored in the file, of all units that were asked for
    StoreStats stats = {};               // of a store that streams
    std::vector<Request> requests = {};  // to a store that streams
  };
  /// Since the last call.
  Count take();

  void expect(std::span<const UnitId> units) override { store_->expect(units); }
  void suggest(std::span<const UnitId> units) override { store_->suggest(units); }
  ByteView pinned(UnitId unit, const Linear& linear) const override { return store_->pinned(unit, linear); }
  std::span<const float> vector(const Vector& vector) const override { return store_->vector(vector); }
  ByteView memory() const override { return store_->memory(); }
  int64_t shrink(int64_t bytes) override { return store_->shrink(bytes); }
  int64_t grow(int64_t bytes) override { return store_->grow(bytes); }
  bool streams() const override { return store_->streams(); }
  StoreStats stats() const override { return store_->stats(); }

 private:
  int open(std::span<const UnitId> needed, Order order) override;
  std::span<const Part> take(int lease, bool& done) override;
  void close(int lease) override;

  /// Of a block's dense part, or the head's at the end; of one expert of the block.
  struct Bytes {
    int64_t dense = 0, expert = 0;
  };
  std::vector<Bytes> bytes_of_;
  std::unique_ptr<WeightStore> store_;
  struct Open {
    std::optional<Lease> lease;
    std::optional<size_t> request;  // in count_.requests
    StoreStats before;
  };
  std::vector<Open> leases_;
  Count count_;
  StoreStats before_;
};

}  // namespace tug
