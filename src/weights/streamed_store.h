// A store for models that are larger than memory: dense parts stay as far as there is room, the rest is read
// when it is asked for, packed by the threads that wait for it, and kept as long as it is worth its place.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "platform/memory.h"
#include "platform/thread_pool.h"
#include "weights/loader.h"
#include "weights/reader_pool.h"
#include "weights/slot_cache.h"
#include "weights/store.h"
#include "weights/vectors.h"

namespace tug {

class StreamedStore : public WeightStore {
 public:
  /// Weights take up to `room` bytes, experts up to `cache` of them unless that is 0. Checkpoint, plan,
  /// packer, threads and budget must outlive the store; take() packs with the threads, outside of their
  /// regions. Reads what stays in memory. Errors: kOutOfMemory with what is needed at least, kIo, kCorrupt.
  /// What `progress` throws comes through.
  static Result<std::unique_ptr<StreamedStore>> open(const Checkpoint& checkpoint, const Plan& plan,
                                                     const Packer& packer, ThreadPool& threads, int64_t room,
                                                     int64_t cache, MemoryBudget& budget,
                                                     LoadProgress progress);
  ~StreamedStore() override;

  void expect(std::span<const UnitId> units) override;
  void suggest(std::span<const UnitId> units) override;
  ByteView pinned(UnitId unit, const Linear& linear) const override;
  std::span<const float> vector(const Vector& vector) const override { return vectors_.of(vector); }
  ByteView memory() const override { return {arena_.data(), static_cast<size_t>(arena_.size())}; }
  int64_t shrink(int64_t bytes) override;
  int64_t grow(int64_t bytes) override;
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
    std::vector<ReaderPool::Piece> raw;  // read, but not packed
    std::vector<uint32_t> landed;        // packed pieces, in the order of their landing
    uint32_t pieces = 0, read = 0, packed = 0;
    bool suggested = false;      // and not asked for yet
    bool unwanted = false;       // never asked for: dropped when all reads have ended
    std::optional<Error> error;  // of the first piece that could not be had
    bool broken() const { return error && packed == pieces; }
  };

  StreamedStore(const Checkpoint& checkpoint, const Plan& plan, const Packer& packer, ThreadPool& threads,
                MemoryBudget& budget)
      : checkpoint_(checkpoint), packer_(packer), threads_(threads), units_(plan, packer), budget_(budget) {}
  Status load_pinned(const Placement& placement, LoadProgress progress);
  Status make_room(const Plan& plan, const Placement& placement, int64_t piece_bytes);

  int open(std::span<const UnitId> needed, Order order) override;
  std::span<const Part> take(int lease, bool& done) override;
  void close(int lease) override;

  /// Some rows of one of a unit's linears.
  struct PieceRows {
    const PackedLinear* packed;
    RowRange rows;
  };
  uint32_t pieces_of(size_t unit) const;
  PieceRows piece_of(size_t unit, uint32_t index) const;

  // With the lock held:
  bool admit(size_t unit, bool needed);
  void read(std::span<const size_t> units, ReaderPool::Priority priority);
  void start(Open& lease);
  bool start(Need& need);
  void collect(Open& lease);
  void hand_out(Open& lease, size_t index);
  void end(Open& lease, size_t index);
  void give_back(Open& lease);
  void read_ahead();
  void drop(size_t unit);
  void forget(size_t unit);
  void choose_raw(size_t unit);
  void pack_chosen(std::unique_lock<std::mutex>& lock);
  bool pack_needed(const Open& lease, std::unique_lock<std::mutex>& lock);
  bool pack_suggested(std::unique_lock<std::mutex>& lock);
  void end_piece(const ReaderPool::Job& job, Status status);

  void on_read(const ReaderPool::Job& job, Result<ReaderPool::Piece> piece);
  /// Some rows of a piece, counted from its first; without the lock. Errors: kCorrupt.
  Status pack(const ReaderPool::Piece& piece, RowRange rows) const;

  const Checkpoint& checkpoint_;
  const Packer& packer_;
  ThreadPool& threads_;
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
  std::vector<int64_t> needed_at_;  // by unit: 1 + place in an open lease that has not handed it out yet, or
                                    // kSuggested or more
  std::vector<size_t> admitted_;    // of start()
  std::vector<size_t> suggested_, suggested_before_;  // units; of suggested_, those from next_suggested_ on
                                                      // have not been looked at
  size_t next_suggested_ = 0;
  int64_t reading_ = 0;                 // pieces that were asked for and have not come
  std::vector<ReaderPool::Job> asked_;  // of read()
  std::vector<ReaderPool::Piece> packing_;
  Open open_[kLeases];
  StoreStats stats_;
  std::unique_ptr<ReaderPool> readers_;  // last: its threads use the rest, and itself, until it is gone
};

}  // namespace tug
