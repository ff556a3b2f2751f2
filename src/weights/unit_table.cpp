#include "weights/unit_table.h"

#include <algorithm>

#include "plan/walk.h"

namespace tug {

UnitTable::UnitTable(const Plan& plan, const Packer& packer) {
  for_each_unit(plan, [&](UnitId unit) {
    if (unit.expert < 0) blocks_.push_back(ids_.size());
    ids_.push_back(unit);
    first_.push_back(linears_.size());
    int64_t offset = 0;
    for_each_linear(plan, unit, [&](std::string_view, const Linear& linear) {
      const int64_t bytes = packer.packed_size(linear.weight);
      linears_.push_back({&linear, offset, bytes});
      offset += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    });
    total_ += offset;
    units_max_ = std::max(units_max_, ids_.size() - blocks_.back());
    linears_max_ = std::max(linears_max_, linears_.size() - first_[blocks_.back()]);
  });
  first_.push_back(linears_.size());
}

}  // namespace tug
