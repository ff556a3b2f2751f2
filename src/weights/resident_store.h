// All weights in memory, for as long as the store lives.
#pragma once

#include <memory>
#include <vector>

#include "platform/memory.h"
#include "weights/loader.h"
#include "weights/store.h"
#include "weights/unit_table.h"
#include "weights/vectors.h"

namespace tug {

class ResidentStore : public WeightStore {
 public:
  /// Reads every weight once, past the page cache, and packs it on `threads` threads. `plan` and `budget`
  /// must outlive the store. Errors: kOutOfMemory (before anything is read, with the sizes), kIo, kCorrupt.
  /// What `progress` throws comes through.
  static Result<std::unique_ptr<ResidentStore>> load(const Checkpoint& checkpoint, const Plan& plan,
                                                     const Packer& packer, int threads, MemoryBudget& budget,
                                                     LoadProgress progress);

  void expect(std::span<const UnitId>) override {}
  std::span<const float> vector(const Vector& vector) const override { return vectors_.of(vector); }
  ByteView memory() const override { return {arena_.data(), static_cast<size_t>(arena_.size())}; }

 private:
  /// Room for leases that live at the same time: a dense part and experts.
  static constexpr int kLeases = 2;
  struct Open {
    bool used = false;
    std::span<const Part> parts;  // still to be handed out
  };

  ResidentStore() = default;
  std::span<const Part> parts_of(UnitId unit) const;

  int open(std::span<const UnitId> needed, Order order) override;
  std::span<const Part> take(int lease, bool& done) override;
  void close(int lease) override;

  UnitTable units_;
  Arena arena_;
  std::vector<Part> parts_;     // as the units' linears
  std::vector<size_t> first_;   // part of every unit; one more at the end
  std::vector<Part> gathered_;  // of a lease on several units; room for those of any block
  Open open_[kLeases];
  Vectors vectors_;
};

}  // namespace tug
