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
  // A linear of which a part landed earlier is multiplied when it is whole, the others part by part.
  std::array<Product, kLinears> ready;
  std::array<bool, kLinears> early{}, done{};
  TUG_CHECK(products.size() <= kLinears);
  size_t count = 0, left = products.size();
  const auto push = [&](const Product& product) {
    if (count == ready.size()) cpu::multiply(cpu_, ready), count = 0;
    ready[count++] = product;
  };
  const auto push_whole = [&](size_t i) {
    const Landed& landed = of(*products[i].linear);
    if (done[i] || !landed.whole()) return;
    if (early[i]) push(products[i].with(landed.place));
    done[i] = true, --left;
  };
  for (size_t i = 0; i < products.size(); ++i) early[i] = of(*products[i].linear).rows > 0, push_whole(i);
  while (true) {
    if (count > 0) cpu::multiply(cpu_, std::span(ready).first(std::exchange(count, 0)));
    if (left == 0) return {};
    for (const Part& part : TUG_TRY(next())) {
      for (size_t i = 0; i < products.size(); ++i) {
        if (products[i].linear != part.linear) continue;
        if (!early[i]) push(products[i].with(part.packed, part.rows));
        push_whole(i);
      }
    }
  }
}

}  // namespace tug::cpu
