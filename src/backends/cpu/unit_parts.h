// The matrices of one dense unit, worked on as they land.
#pragma once

#include <array>

#include "backends/cpu/linear.h"

namespace tug::cpu {

class UnitParts {
 public:
  UnitParts(const Cpu& cpu, UnitId unit) : cpu_(cpu), lease_(cpu.store->request(unit)) {}

  /// Fills the products' outputs, part by part, in whatever order the parts land. Of the products' linears
  /// nothing or everything has landed before. Errors: why the unit cannot be had.
  Status multiply(std::span<const Product> products);

  /// The place of a whole linear, when all of it has landed.
  Result<ByteView> whole(const Linear& linear);

 private:
  /// Linears of a unit, at most.
  static constexpr size_t kLinears = 8;

  struct Landed {
    const Linear* linear = nullptr;
    ByteView place;
    int64_t rows = 0;
    bool whole() const { return linear && rows == linear->weight.rows; }
  };
  Landed& of(const Linear& linear);
  Result<std::span<const Part>> next();

  const Cpu& cpu_;
  Lease lease_;
  std::array<Landed, kLinears> landed_ = {};
};

}  // namespace tug::cpu
