// The store: every weight in its slot, gathered rows and block scales included; too little memory and bad
// scales are refused.
#include "weights/resident_store.h"

#include <cmath>

#include "backends/reference/reference_backend.h"
#include "models/architecture.h"
#include "plan/walk.h"
#include "support/expect.h"
#include "support/random_model.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

Result<std::unique_ptr<ResidentStore>> load(const Checkpoint& checkpoint, const Plan& plan,
                                            int64_t memory = int64_t{1} << 40) {
  static const ReferenceBackend packer;
  static std::vector<std::unique_ptr<MemoryBudget>> budgets;  // outlive the stores
  budgets.push_back(std::make_unique<MemoryBudget>(memory));
  return ResidentStore::load(checkpoint, plan, packer, 2, *budgets.back(), [](int64_t, int64_t) {});
}

/// A matrix as float32, decoded by hand.
std::vector<float> decoded(const Checkpoint& checkpoint, const Matrix& matrix) {
  const TypeInfo& info = type_info(matrix.type);
  std::vector<std::byte> raw(static_cast<size_t>(matrix.bytes.size));
  EXPECT_OK(checkpoint.read(matrix.bytes, raw));
  std::vector<float> all(raw.size() / static_cast<size_t>(info.block_bytes) *
                         static_cast<size_t>(info.block_elements));
  info.decode(raw.data(), static_cast<int64_t>(raw.size()) / info.block_bytes, all.data());
  if (matrix.source_rows.empty()) return all;
  std::vector<float> gathered;
  for (RowRange range : matrix.source_rows) {
    const auto first = all.begin() + range.first * matrix.cols;
    gathered.insert(gathered.end(), first, first + range.count * matrix.cols);
  }
  return gathered;
}

TEST(WeightStore, EveryMatrixIsInItsSlot) {
  for (const char* architecture : {"qwen3next", "qwen35moe", "qwen2moe"}) {
    TempDir directory;
    RandomModel shape;
    shape.architecture = architecture;
    shape.types = {Type::kQ8_0, Type::kF16, Type::kF32, Type::kMXFP4};
    make_random_model(shape).write(directory / "m.gguf");
    const Checkpoint checkpoint = value_of(Checkpoint::open(directory / "m.gguf"));
    const Plan plan = value_of(make_plan(checkpoint));
    const auto store = value_of(load(checkpoint, plan));
    int matrices = 0;
    for_each_unit(plan, [&](UnitId unit) {
      Lease lease = store->request(unit);
      for (const Part& part : lease.take()) {
        ASSERT_EQ(part.unit, unit);
        const auto* values = reinterpret_cast<const float*>(part.packed.data());
        const std::vector<float> packed(values, values + part.packed.size() / sizeof(float));
        ASSERT_EQ(packed, decoded(checkpoint, part.linear->weight));
        ++matrices;
      }
    });
    EXPECT_GT(matrices, 50);
  }
}

TEST(WeightStore, UnitsOfALeaseComeInOrder) {
  TempDir directory;
  make_random_model({}).write(directory / "m.gguf");
  const Checkpoint checkpoint = value_of(Checkpoint::open(directory / "m.gguf"));
  const Plan plan = value_of(make_plan(checkpoint));
  const auto store = value_of(load(checkpoint, plan));
  const std::vector<UnitId> units = {{1, 2}, {1, 5}, {3, 0}};
  Lease dense = store->request({1, -1});  // lives beside the other
  Lease lease = store->request(units, Order::kAsGiven);
  std::vector<UnitId> seen;
  while (!lease.done()) {
    for (const Part& part : lease.take()) {
      EXPECT_EQ(part.unit, units[part.index]);
      EXPECT_EQ(part.rows.count, part.linear->weight.rows);
      seen.push_back(part.unit);
    }
  }
  EXPECT_EQ(seen, (std::vector<UnitId>{units[0], units[0], units[0], units[1], units[1], units[1], units[2],
                                       units[2], units[2]}));
  EXPECT_TRUE(lease.take().empty());
  for (const Part& part : dense.take()) EXPECT_EQ(part.unit, (UnitId{1, -1}));
}

TEST(WeightStore, TooLittleMemoryIsSaidBeforeReading) {
  TempDir directory;
  make_random_model({}).write(directory / "m.gguf");
  const Checkpoint checkpoint = value_of(Checkpoint::open(directory / "m.gguf"));
  const Plan plan = value_of(make_plan(checkpoint));
  const auto refused = load(checkpoint, plan, 1000);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kOutOfMemory);
}

}  // namespace
}  // namespace tug
