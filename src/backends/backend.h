// A backend runs blocks: x += work(norm(x)) for rows of one or several sequences.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "plan/plan.h"
#include "state/sequence.h"
#include "tensor/view.h"
#include "weights/packer.h"
#include "weights/store.h"

namespace tug {

/// One token of a step. Prefill, decode, batches and draft checks are all just rows: those of a sequence
/// stand together, in ascending position, and begin at sequence->length.
struct Row {
  int32_t token = 0;
  int64_t position = 0;
  Sequence* sequence = nullptr;
  bool wants_logits = false;
};

class Backend : public Packer {
 public:
  virtual std::string_view name() const = 0;

  /// Called once, when the weights are loaded: places every buffer for steps of up to `rows_max` rows.
  virtual Status prepare(const Plan& plan, const WeightStore& store, int64_t rows_max) = 0;

  /// The state of a block for a sequence of up to `capacity` tokens; null when the block needs none.
  virtual Result<std::unique_ptr<BlockState>> new_state(const Block& block, int64_t capacity) const = 0;
  /// Bytes of that state.
  virtual int64_t state_bytes(const Block& block, int64_t capacity) const = 0;

  /// x [rows, H] += work(norm(x)).
  virtual Status run(const Block& block, std::span<const Row> rows, View<float> x) = 0;

  /// logits [x.rows, V] = head(norm(x)).
  virtual Status head(View<const float> x, View<float> logits) = 0;
};

/// Rows [first, first + count) of a step belong to one sequence.
struct RowRun {
  Sequence* sequence;
  int64_t first, count;
};

/// The next run at or after `first`; `first` must be a valid row.
inline RowRun next_run(std::span<const Row> rows, int64_t first) {
  int64_t end = first + 1;
  const auto count = static_cast<int64_t>(rows.size());
  Sequence* sequence = rows[static_cast<size_t>(first)].sequence;
  while (end < count && rows[static_cast<size_t>(end)].sequence == sequence) ++end;
  return {sequence, first, end - first};
}

}  // namespace tug
