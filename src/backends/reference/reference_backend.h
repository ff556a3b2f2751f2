// The executable specification: naive loops, float32 activations, double sums. Slow, readable, and the judge
// of every other backend.
#pragma once

#include <vector>

#include "backends/backend.h"

namespace tug {

class ReferenceBackend : public Backend {
 public:
  std::string_view name() const override { return "reference"; }

  // A packed matrix is the matrix decoded to float32, row-major.
  int64_t packed_size(const Matrix& matrix) const override;
  void pack(const Matrix& matrix, const RawRows& raw, MutableByteView slot) const override;

  Status prepare(const Plan& plan, const WeightStore& store, int64_t rows_max) override;
  Result<std::unique_ptr<BlockState>> new_state(const Block& block, int64_t capacity) const override;
  int64_t state_bytes(const Block& block, int64_t capacity) const override;
  Status run(const Block& block, std::span<const Row> rows, View<float> x) override;
  Status head(View<const float> x, View<float> logits) override;

 private:
  const Plan* plan_ = nullptr;
  const WeightStore* store_ = nullptr;
};

}  // namespace tug
