// The weight store: which weights are in memory. Today all of them, for as long as the store lives.
//
// A backend asks for units and takes the parts as they land; a lease's parts stay where they are until the
// next take(), or to the lease's end with all().
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/function_ref.h"
#include "files/checkpoint.h"
#include "plan/plan.h"
#include "platform/memory.h"
#include "weights/packer.h"

namespace tug {

/// Packed rows of one linear of a unit.
struct Part {
  UnitId unit;
  const Linear* linear = nullptr;
  RowRange rows;
  ByteView packed;  // of the whole matrix when rows cover it
};

/// Parts that a backend may read for a while.
class Lease {
 public:
  /// What has landed since the last call, after giving that back; waits for something; empty when all was
  /// given.
  std::span<const Part> take() { return std::exchange(parts_, {}); }
  /// Everything that was asked for, at once.
  std::span<const Part> all() const { return parts_; }

 private:
  friend class WeightStore;
  explicit Lease(std::span<const Part> parts) : parts_(parts) {}
  std::span<const Part> parts_;
};

/// Told now and then while weights load: bytes read so far and in total.
using LoadProgress = FunctionRef<void(int64_t done, int64_t total)>;

class WeightStore {
 public:
  /// Reads every weight once, past the page cache, and packs it on `threads` threads. `plan` must outlive the
  /// store. Errors: kOutOfMemory (before anything is read, with the sizes), kIo, kCorrupt.
  static Result<std::unique_ptr<WeightStore>> load(const Checkpoint& checkpoint, const Plan& plan,
                                                   const Packer& packer, int threads, int64_t memory_limit,
                                                   LoadProgress progress);

  /// The parts of the units, in their order. No allocation. Of leases for several units, one lives at a time.
  Lease request(std::span<const UnitId> units) const;
  Lease request(UnitId unit) const { return Lease(parts_of(unit)); }

  /// A vector as float32; empty when it is absent.
  std::span<const float> vector(const Vector& vector) const;

  int64_t packed_bytes() const { return arena_.size(); }

 private:
  WeightStore() = default;
  void place(const Plan& plan, const Packer& packer);
  std::span<const Part> parts_of(UnitId unit) const;

  Arena arena_;
  std::vector<Part> parts_;          // unit after unit; until the arena is there, packed holds the size only
  std::vector<size_t> unit_first_;   // first part of every unit, in for_each_unit order; one more at the end
  std::vector<size_t> block_first_;  // the dense unit of every block; the head's at the end
  mutable std::vector<Part> gathered_;  // parts of a lease for several units
  std::vector<std::vector<float>> vectors_;
};

}  // namespace tug
