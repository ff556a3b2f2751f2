#include "weights/resident_store.h"

#include <algorithm>

#include "base/check.h"
#include "base/units.h"
#include "plan/walk.h"
#include "weights/loader.h"
#include "weights/matrix_reader.h"

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

/// Lists the parts and where they will lie. Returns the size of the arena.
int64_t ResidentStore::place(const Plan& plan, const Packer& packer) {
  int64_t offset = 0;
  size_t block_parts_max = 0;
  for_each_unit(plan, [&](UnitId unit) {
    if (unit.expert < 0) block_first_.push_back(unit_first_.size());
    unit_first_.push_back(parts_.size());
    for_each_linear(plan, unit, [&](std::string_view, const Linear& linear) {
      parts_.push_back({.unit = unit, .linear = &linear, .rows = {0, linear.weight.rows}});
      offsets_.push_back(offset);
      offset += (packer.packed_size(linear.weight) + kSlotAlignment - 1) / kSlotAlignment * kSlotAlignment;
    });
    block_parts_max = std::max(block_parts_max, parts_.size() - unit_first_[block_first_.back()]);
  });
  unit_first_.push_back(parts_.size());
  gathered_.reserve(block_parts_max);
  return offset;
}

Result<std::unique_ptr<ResidentStore>> ResidentStore::load(const Checkpoint& checkpoint, const Plan& plan,
                                                           const Packer& packer, int threads,
                                                           MemoryBudget& budget, LoadProgress progress) {
  std::unique_ptr<ResidentStore> store(new ResidentStore);
  const int64_t total = store->place(plan, packer);
  store->arena_ = TUG_TRY(Arena::allocate(total, budget, "the weights"));
  std::vector<LoadJob> jobs;
  for (size_t i = 0; i < store->parts_.size(); ++i) {
    Part& part = store->parts_[i];
    const MutableByteView slot(store->arena_.data() + store->offsets_[i],
                               static_cast<size_t>(packer.packed_size(part.linear->weight)));
    part.packed = slot;
    jobs.push_back({&part.linear->weight, slot});
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

std::span<const Part> ResidentStore::parts_of(UnitId unit) const {
  const size_t block =
      unit.block == UnitId::kHead ? block_first_.size() - 1 : static_cast<size_t>(unit.block);
  const size_t index = block_first_[block] + static_cast<size_t>(unit.expert + 1);
  return std::span(parts_).subspan(unit_first_[index], unit_first_[index + 1] - unit_first_[index]);
}

int ResidentStore::open(std::span<const UnitId> needed, Order, std::span<const UnitId>) {
  const auto free = std::ranges::find_if(open_, [](const Open& lease) { return !lease.used; });
  TUG_CHECK(free != std::end(open_));
  free->used = true;
  if (needed.size() == 1) {
    free->parts = parts_of(needed[0]);
  } else {
    gathered_.clear();
    for (size_t index = 0; index < needed.size(); ++index) {
      for (Part part : parts_of(needed[index])) {
        part.index = index;
        gathered_.push_back(part);
      }
    }
    free->parts = gathered_;
  }
  return static_cast<int>(free - open_);
}

std::span<const Part> ResidentStore::take(int lease, bool& done) {
  done = true;
  return std::exchange(open_[lease].parts, {});
}

void ResidentStore::close(int lease) { open_[lease] = {}; }

std::span<const float> ResidentStore::vector(const Vector& vector) const {
  if (vector.size == 0) return {};
  return vectors_[static_cast<size_t>(vector.id)];
}

}  // namespace tug
