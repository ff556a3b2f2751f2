#include "backends/cpu/unit_parts.h"

#include "base/check.h"

namespace tug::cpu {

UnitParts::Landed& UnitParts::of(const Linear& linear) {
  for (Landed& landed : landed_) {
    if (!landed.linear) landed.linear = &linear;
    if (landed.linear == &linear) return landed;
  }
  TUG_CHECK(false);
}

/// Waits for more parts and notes them.
Result<std::span<const Part>> UnitParts::next() {
  const std::span<const Part> parts = lease_.take();
  TUG_CHECK(!parts.empty());  // else something is asked for that the unit does not have
  for (const Part& part : parts) {
    if (part.error) return *part.error;
    Landed& landed = of(*part.linear);
    landed.place = part.packed;
    landed.rows += part.rows.count;
  }
  return parts;
}

Result<ByteView> UnitParts::whole(const Linear& linear) {
  const Landed& landed = of(linear);
  while (!landed.whole()) TUG_TRY(next());
  return landed.place;
}

Status UnitParts::multiply(std::span<const Product> products) {
  std::array<Product, kLinears> ready;
  size_t count = 0, left = 0;
  const auto push = [&](const Product& product) {
    if (count == ready.size()) cpu::multiply(cpu_, ready), count = 0;
    ready[count++] = product;
  };
  for (const Product& product : products) {
    const Landed& landed = of(*product.linear);
    TUG_CHECK(landed.rows == 0 || landed.whole());
    if (landed.whole()) push(product.with(landed.place));
    else left += static_cast<size_t>(product.out_rows());
  }
  while (true) {
    if (count > 0) cpu::multiply(cpu_, std::span(ready).first(std::exchange(count, 0)));
    if (left == 0) return {};
    for (const Part& part : TUG_TRY(next())) {
      for (const Product& product : products) {
        if (product.linear != part.linear) continue;
        push(product.with(part.packed, part.rows));
        left -= static_cast<size_t>(part.rows.count);
      }
    }
  }
}

}  // namespace tug::cpu
