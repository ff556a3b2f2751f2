// A backend runs blocks, x += work(norm(x)), for the rows of a pass: one or several sequences. It owns what
// lies where it computes: activations, workspaces, state.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "backends/phases.h"
#include "plan/plan.h"
#include "state/sequence.h"
#include "tensor/view.h"
#include "weights/packer.h"
#include "weights/store.h"

namespace tug {

/// One token of a pass. Prefill, decode, batches and draft checks are all just rows: those of a sequence
/// stand together, in ascending position, and begin at sequence->length().
struct Row {
  int32_t token = 0;
  int64_t position = 0;
  Sequence* sequence = nullptr;
  bool wants_logits = false;
};

/// The residual stream of a pass, x [rows, H]. It lies where the backend computes.
class HiddenStates {
 public:
  explicit HiddenStates(int64_t rows_max) : rows_max_(rows_max) {}
  virtual ~HiddenStates() = default;
  int64_t rows_max() const { return rows_max_; }

 private:
  int64_t rows_max_;
};

/// Why rows of a pass cannot be computed: the first error of each.
class RowErrors {
 public:
  void reset(size_t rows) { errors_.assign(rows, std::nullopt); }
  void fail(size_t row, const Error& error) {
    if (!errors_[row]) errors_[row] = error;
  }
  const Error* of(size_t row) const { return errors_[row] ? &*errors_[row] : nullptr; }

 private:
  std::vector<std::optional<Error>> errors_;
};

class Backend : public Packer {
 public:
  virtual std::string_view name() const = 0;

  /// Called once, when the weights are loaded; all of these outlive the backend. Errors: kUnsupported.
  virtual Status prepare(const Plan& plan, WeightStore& store, MemoryBudget& budget) = 0;
  /// Called once after it: places every buffer for passes of up to `rows_max` rows, within the budget.
  /// Errors: kOutOfMemory.
  virtual Status place(int64_t rows_max) = 0;
  /// Bytes of those buffers and of the hidden states of one pass; may be asked before all else.
  virtual int64_t pass_bytes(const Plan& plan, int64_t rows_max) const = 0;

  /// What it remembers of a sequence, as bytes that begin as zeros.
  virtual StateLayout state_layout(const Plan& plan) const = 0;

  /// Room for a pass of up to `rows_max` rows. Errors: kOutOfMemory.
  virtual Result<std::unique_ptr<HiddenStates>> new_hidden(int64_t rows_max) const = 0;
  /// x[row] = embedding [H].
  virtual void set_hidden(HiddenStates& x, int64_t row, std::span<const float> embedding) const = 0;

  /// x += work(norm(x)) for all rows. A unit of weights that cannot be had fails the rows that need it; the
  /// others' bits do not change.
  virtual void run(const Block& block, std::span<const Row> rows, HiddenStates& x, RowErrors& errors) = 0;

  /// logits [which.size(), V] = head(norm(x[which])). Errors: those of the head's weights.
  virtual Status head(const HiddenStates& x, std::span<const int32_t> which, View<float> logits) = 0;

  /// Where its time goes: for the thread that runs passes. A backend that does not tell is in kRest.
  PhaseClock& phases() { return phases_; }

 protected:
  PhaseClock phases_;
};

/// Numbers of cached keys and values.
enum class KvType { kF32, kF16, kQ8_0 };
inline constexpr std::array<std::string_view, 3> kKvNames = {"f32", "f16", "q8_0"};
inline std::string_view name_of(KvType type) { return kKvNames[static_cast<size_t>(type)]; }
inline std::optional<KvType> kv_from_name(std::string_view name) {
  const auto* found = std::find(kKvNames.begin(), kKvNames.end(), name);
  if (found == kKvNames.end()) return std::nullopt;
  return static_cast<KvType>(found - kKvNames.begin());
}

/// Rows [first, first + count) of a pass belong to one sequence.
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
