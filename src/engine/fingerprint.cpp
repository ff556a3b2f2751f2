#include "engine/fingerprint.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>

#include "plan/walk.h"

namespace tug {
namespace {

/// Bytes that are read of a matrix.
constexpr int64_t kSample = 64;
/// Experts of the whole model that are sampled, at most.
constexpr int64_t kExperts = 512;

class Fingerprint {
 public:
  explicit Fingerprint(const Checkpoint& checkpoint) : checkpoint_(checkpoint) { XXH3_64bits_reset(&state_); }

  void add(std::string_view text) { XXH3_64bits_update(&state_, text.data(), text.size()); }
  void add(int64_t value) { XXH3_64bits_update(&state_, &value, sizeof value); }

  Status add(const Matrix& matrix) {
    add(static_cast<int64_t>(matrix.type)), add(matrix.rows), add(matrix.cols);
    TUG_TRY(sample(matrix.bytes));
    return matrix.block_scales.size > 0 ? sample(matrix.block_scales) : Status();
  }

  /// A few bytes from the middle, where they differ from those of an untrained corner.
  Status sample(Extent extent) {
    std::array<std::byte, kSample> bytes{};
    const int64_t size = std::min(extent.size, kSample);
    extent.offset += (extent.size - size) / 2;
    extent.size = size;
    const MutableByteView to = MutableByteView(bytes).first(static_cast<size_t>(size));
    TUG_TRY(checkpoint_.read(extent, to));
    XXH3_64bits_update(&state_, to.data(), to.size());
    return {};
  }

  uint64_t value() const { return XXH3_64bits_digest(&state_); }

 private:
  const Checkpoint& checkpoint_;
  XXH3_state_t state_;
};

}  // namespace

Result<uint64_t> fingerprint_of(const Checkpoint& checkpoint, const Plan& plan) {
  Fingerprint print(checkpoint);
  print.add(plan.architecture);
  for (int64_t value : {plan.hidden, plan.layers, plan.vocabulary}) print.add(value);
  int64_t experts = 0, nth = 0;
  for_each_unit(plan, [&](UnitId unit) { experts += unit.expert >= 0 ? 1 : 0; });
  const int64_t step = experts / kExperts + 1;
  Status status = print.add(plan.embedding);
  const auto add = [&](std::string_view, const Linear& linear) {
    if (status.ok()) status = print.add(linear.weight);
  };
  for_each_unit(plan, [&](UnitId unit) {
    if (unit.expert < 0 || nth++ % step == 0) for_each_linear(plan, unit, add);
  });
  for_each_vector(plan, [&](const Vector& vector) {
    if (status.ok()) status = print.sample(vector.bytes);
  });
  TUG_TRY(std::move(status));
  return print.value();
}

}  // namespace tug
