// What the units of a plan are made of, and how a packed unit lies in memory.
#pragma once

#include <span>
#include <vector>

#include "weights/packer.h"

namespace tug {

/// A packed matrix in its unit's place.
struct PackedLinear {
  const Linear* linear;
  int64_t offset, bytes;
};

/// All units of a plan, numbered in the order of for_each_unit.
class UnitTable {
 public:
  static constexpr int64_t kAlignment = 64;  // of a packed matrix

  UnitTable() = default;
  /// The plan must outlive the table.
  UnitTable(const Plan& plan, const Packer& packer);

  size_t size() const { return ids_.size(); }
  size_t index_of(UnitId unit) const {
    const size_t block = unit.block == UnitId::kHead ? blocks_.size() - 1 : static_cast<size_t>(unit.block);
    return blocks_[block] + static_cast<size_t>(unit.expert + 1);
  }
  UnitId id(size_t unit) const { return ids_[unit]; }
  bool is_expert(size_t unit) const { return ids_[unit].expert >= 0; }

  std::span<const PackedLinear> linears(size_t unit) const {
    return std::span(linears_).subspan(first_[unit], first_[unit + 1] - first_[unit]);
  }
  /// Bytes of a unit's place, a multiple of kAlignment.
  int64_t bytes(size_t unit) const {
    const PackedLinear& last = linears_[first_[unit + 1] - 1];
    return last.offset + (last.bytes + kAlignment - 1) / kAlignment * kAlignment;
  }
  /// Of all units.
  int64_t total_bytes() const { return total_; }
  /// The most units and the most linears of a block, dense part and experts.
  size_t units_max() const { return units_max_; }
  size_t linears_max() const { return linears_max_; }

 private:
  std::vector<PackedLinear> linears_;
  std::vector<size_t> first_;  // linear of every unit; one more at the end
  std::vector<UnitId> ids_;
  std::vector<size_t> blocks_;  // the dense unit of every block; the head's at the end
  int64_t total_ = 0;
  size_t units_max_ = 0, linears_max_ = 0;
};

}  // namespace tug
