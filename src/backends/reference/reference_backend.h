// The executable specification: naive loops, float32 activations, double sums. Slow, readable, and the judge
// of every other backend.
#pragma once

#include <vector>

#include "backends/backend.h"
#include "backends/reference/maths.h"

namespace tug {

class ReferenceBackend : public Backend {
 public:
  std::string_view name() const override { return "reference"; }

  // A packed matrix is the matrix decoded to float32, row-major.
  int64_t packed_size(const Matrix& matrix) const override;
  void pack(const Matrix& matrix, const RawRows& raw, MutableByteView slot) const override;

  Status prepare(const Plan& plan, WeightStore& store, MemoryBudget& budget) override;
  Status place(int64_t) override { return {}; }
  int64_t pass_bytes(const Plan& plan, int64_t rows_max) const override;
  StateLayout state_layout(const Plan& plan) const override;
  Result<std::unique_ptr<HiddenStates>> new_hidden(int64_t rows_max) const override;
  void set_hidden(HiddenStates& x, int64_t row, std::span<const float> embedding) const override;
  void run(const Block& block, std::span<const Row> rows, HiddenStates& x, RowErrors& errors) override;
  Status head(const HiddenStates& x, std::span<const int32_t> which, View<float> logits) override;

 private:
  Result<reference::Floats> run_row(const Block& block, const reference::Weights& weights, const Row& row,
                                    reference::FloatView x) const;

  const Plan* plan_ = nullptr;
  WeightStore* store_ = nullptr;
  MemoryBudget* budget_ = nullptr;
  std::vector<int64_t> state_at_;  // by Block::index: where its state begins in a page or the fixed part
};

}  // namespace tug
