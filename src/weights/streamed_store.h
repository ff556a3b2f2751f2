// A store for models that are larger than memory: dense parts stay as far as there is room, the rest is read
// when it is asked for, packed by the thread that read it, and kept as long as it is worth its place.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "platform/memory.h"
#include "weights/reader_pool.h"
#include "weights/resident_store.h"
#include "weights/slot_cache.h"

namespace tug {

class StreamedStore : public WeightStore {
 public:
  /// Weights take up to `room` bytes, experts up to `cache` of them unless that is 0. Checkpoint, plan,
  /// packer and budget must outlive the store. Reads what stays in memory. Errors: kOutOfMemory with what is
  /// needed at least, kIo, kCorrupt. What `progress` throws comes through.
  static Result<std::unique_ptr<StreamedStore>> open(const Checkpoint& checkpoint, const Plan& plan,
                                                     const Packer& packer, int threads, int64_t room,
                                                     int64_t cache, MemoryBudget& budget,
                                                     LoadProgress progress);
  ~StreamedStore() override;

  void expect(std::span<const UnitId> units) override;
  std::span<const float> vector(const Vector& vector) const override { return vectors_.of(vector); }
  int64_t memory() const override { return arena_.size(); }
  bool streams() const override { return true; }
  StoreStats stats() const override;

 private:
  /// Leases that live at the same time: a dense part and experts.
  static constexpr int kLeases = 2;

  /// A unit of a lease.
  struct Need {
    size_t unit = 0;
    uint32_t handed = 0;  // of its landed pieces
    bool started = false, ended = false;
  };
  struct Open {
    bool used = false;
    Order order = Order::kAsLanded;
    std::vector<Need> needs;
    size_t left = 0;              // needs that have not ended
    size_t begin = 0;             // those before it have ended
    std::vector<size_t> leaving;  // needs that have ended, and are readable until the next take()
    std::vector<Part> parts;
  };
  /// How a unit came into its place.
  struct Arrival {
    std::vector<uint32_t> landed;  // pieces, in the order of their landing
    uint32_t pieces = 0, done = 0;
    std::optional<Error> error;  // of the first piece that could not be had
    bool broken() const { return error && done == pieces; }
  };

  StreamedStore(const Plan& plan, const Packer& packer, MemoryBudget& budget)
      : units_(plan, packer), budget_(budget) {}
  Status load_pinned(const Checkpoint& checkpoint, const Packer& packer, int threads,
                     const Placement& placement, LoadProgress progress);
  Status make_room(const Checkpoint& checkpoint, const Plan& plan, const Packer& packer,
                   const Placement& placement);

  int open(std::span<const UnitId> needed, Order order, std::span<const UnitId> likely) override;
  std::span<const Part> take(int lease, bool& done) override;
  void close(int lease) override;

  /// A piece of a unit: some rows of one of its linears.
  struct Piece {
    const PackedLinear* packed;
    RowRange rows;
  };
  uint32_t pieces_of(size_t unit) const;
  Piece piece_of(size_t unit, uint32_t index) const;

  // With the lock held:
  bool admit(size_t unit, bool needed);
  void read(std::span<const size_t> units, ReaderPool::Priority priority);
  void start(Open& lease);
  bool start(Need& need);
  void collect(Open& lease);
  void hand_out(Open& lease, size_t index);
  void end(Open& lease, size_t index);
  void give_back(Open& lease);
  void drop(size_t unit);

  void on_read(const ReaderPool::Job& job, Status status);

  UnitTable units_;
  MemoryBudget& budget_;
  int64_t staging_ = 0;  // bytes of it for the readers
  Vectors vectors_;
  Arena arena_;
  mutable std::mutex mutex_;
  std::condition_variable landed_;
  SlotCache cache_;
  std::vector<Arrival*> arrivals_;  // by unit; of those that have a place
  std::vector<std::unique_ptr<Arrival>> all_arrivals_;
  std::vector<Arrival*> spare_;
  std::vector<int64_t> needed_at_;  // by unit: 1 + place in an open lease that has not handed it out yet
  std::vector<size_t> admitted_;    // of start()
  Open open_[kLeases];
  StoreStats stats_;
  std::unique_ptr<ReaderPool> readers_;  // last: its threads use the rest
};

}  // namespace tug
