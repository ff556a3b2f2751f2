#include "weights/store.h"

#include <algorithm>

#include "base/check.h"
#include "base/units.h"
#include "plan/walk.h"
#include "weights/loader.h"

namespace tug {
namespace {

constexpr int64_t kSlotAlignment = 64;

Result<std::vector<float>> read_vector(const Checkpoint& checkpoint, const Vector& vector) {
  const TypeInfo& info = type_info(vector.type);
  std::vector<std::byte> raw(static_cast<size_t>(vector.bytes.size));
  TUG_TRY(checkpoint.read(vector.bytes, raw));
  if (!all_finite(vector.type, raw)) return non_finite(checkpoint, vector.bytes);
  std::vector<float> values(static_cast<size_t>(vector.size));
  info.decode(raw.data(), vector.size / info.block_elements, values.data());
  return values;
}

}  // namespace

void WeightStore::place(const Plan& plan, const Packer& packer) {
  int64_t offset = 0;
  for_each_unit(plan, [&](UnitId unit) {
    if (unit.expert < 0) block_first_.push_back(unit_first_.size());
    unit_first_.push_back(parts_.size());
    for_each_linear(plan, unit, [&](std::string_view, const Linear& linear) {
      const int64_t size = packer.packed_size(linear.weight);
      // The slot's offset for now; load() adds the arena's address.
      const auto* slot = reinterpret_cast<const std::byte*>(offset);
      parts_.push_back({unit, &linear, {0, linear.weight.rows}, {slot, static_cast<size_t>(size)}});
      offset += (size + kSlotAlignment - 1) / kSlotAlignment * kSlotAlignment;
    });
  });
  unit_first_.push_back(parts_.size());
  gathered_.reserve(parts_.size());
}

Result<std::unique_ptr<WeightStore>> WeightStore::load(const Checkpoint& checkpoint, const Plan& plan,
                                                       const Packer& packer, int threads,
                                                       int64_t memory_limit, LoadProgress progress) {
  std::unique_ptr<WeightStore> store(new WeightStore);
  store->place(plan, packer);
  const ByteView last = store->parts_.back().packed;
  const int64_t total = reinterpret_cast<int64_t>(last.data()) + static_cast<int64_t>(last.size());
  if (total > memory_limit) {
    return Error(ErrorCode::kOutOfMemory,
                 "The weights need " + format_size(total) + " of memory and " + format_size(memory_limit) +
                     " may be used. Choose a smaller model or format, or allow more memory.");
  }
  store->arena_ = TUG_TRY(Arena::allocate(total));
  std::vector<LoadJob> jobs;
  for (Part& part : store->parts_) {
    std::byte* slot = store->arena_.data() + reinterpret_cast<int64_t>(part.packed.data());
    part.packed = {slot, part.packed.size()};
    jobs.push_back({&part.linear->weight, {slot, part.packed.size()}});
  }
  TUG_TRY(load_matrices(checkpoint, jobs, packer, threads, progress));
  Status status;
  for_each_vector(plan, [&](const Vector& vector) {
    if (!status.ok()) return;
    TUG_CHECK(vector.id == static_cast<int32_t>(store->vectors_.size()));
    auto values = read_vector(checkpoint, vector);
    if (values.ok()) store->vectors_.push_back(std::move(values).value());
    else status = std::move(values).error();
  });
  TUG_TRY(std::move(status));
  return store;
}

std::span<const Part> WeightStore::parts_of(UnitId unit) const {
  const size_t block =
      unit.block == UnitId::kHead ? block_first_.size() - 1 : static_cast<size_t>(unit.block);
  const size_t index = block_first_[block] + static_cast<size_t>(unit.expert + 1);
  return std::span(parts_).subspan(unit_first_[index], unit_first_[index + 1] - unit_first_[index]);
}

Lease WeightStore::request(std::span<const UnitId> units) const {
  gathered_.clear();
  for (UnitId unit : units) {
    const std::span<const Part> parts = parts_of(unit);
    gathered_.insert(gathered_.end(), parts.begin(), parts.end());
  }
  return Lease(gathered_);
}

std::span<const float> WeightStore::vector(const Vector& vector) const {
  if (vector.size == 0) return {};
  return vectors_[static_cast<size_t>(vector.id)];
}

}  // namespace tug
