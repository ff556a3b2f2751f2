#include "backends/reference/reference_backend.h"

#include "backends/host_hidden.h"
#include "backends/reference/blocks.h"
#include "plan/stored_rows.h"

namespace tug {

using namespace reference;

namespace {

/// Calls visit(where the block's state begins) for every block.
StateLayout for_each_state(const Plan& plan, FunctionRef<void(int64_t at)> visit) {
  StateLayout layout{.id = 2};
  for (const Block& block : plan.blocks) {
    if (const auto* attention = std::get_if<Attention>(&block.work)) {
      visit(layout.page_bytes);
      layout.page_bytes += AttentionState::bytes(*attention);
    } else if (const auto* net = std::get_if<GatedDeltaNet>(&block.work)) {
      visit(layout.fixed_bytes);
      layout.fixed_bytes += DeltaNetState::bytes(*net);
    } else {
      visit(0);
    }
  }
  return layout;
}

}  // namespace

int64_t ReferenceBackend::packed_size(const Matrix& matrix) const {
  return matrix.rows * matrix.cols * static_cast<int64_t>(sizeof(float));
}

void ReferenceBackend::pack(const Matrix& matrix, const RawRows& raw, MutableByteView slot) const {
  auto* to = reinterpret_cast<float*>(slot.data()) + raw.rows.first * matrix.cols;
  const int64_t bytes = stored_row_bytes(matrix);
  for (int64_t row = 0; row < raw.rows.count; ++row) {
    const float* scales = raw.scales.empty() ? nullptr : raw.scales.data() + row * scale_blocks(matrix.cols);
    decode_row(matrix, raw.bytes.data() + row * bytes, scales, to + row * matrix.cols);
  }
}

Status ReferenceBackend::prepare(const Plan& plan, WeightStore& store, MemoryBudget& budget) {
  plan_ = &plan;
  store_ = &store;
  budget_ = &budget;
  for_each_state(plan, [&](int64_t at) { state_at_.push_back(at); });
  return {};
}

int64_t ReferenceBackend::pass_bytes(const Plan& plan, int64_t rows_max) const {
  return HostHidden::bytes(rows_max, plan.hidden);
}

StateLayout ReferenceBackend::state_layout(const Plan& plan) const {
  return for_each_state(plan, [](int64_t) {});
}

Result<std::unique_ptr<HiddenStates>> ReferenceBackend::new_hidden(int64_t rows_max) const {
  return HostHidden::make(rows_max, plan_->hidden, *budget_);
}

void ReferenceBackend::set_hidden(HiddenStates& x, int64_t row, std::span<const float> embedding) const {
  static_cast<HostHidden&>(x).set(row, embedding);
}

Result<Floats> ReferenceBackend::run_row(const Block& block, const Weights& weights, const Row& row,
                                         FloatView x) const {
  const int64_t at = state_at_[static_cast<size_t>(block.index)];
  if (const auto* attention = std::get_if<Attention>(&block.work))
    return run_attention(*attention, weights, AttentionState(*attention, *row.sequence, at), row.position, x);
  if (const auto* net = std::get_if<GatedDeltaNet>(&block.work))
    return run_delta_net(*net, weights, DeltaNetState(*net, *row.sequence, at), row.position, x);
  if (const auto* ffn = std::get_if<DenseFfn>(&block.work)) return swiglu(*ffn, weights, x);
  return run_moe(std::get<MoeFfn>(block.work), weights, block.index, x);
}

void ReferenceBackend::run(const Block& block, std::span<const Row> rows, HiddenStates& hidden,
                           RowErrors& errors) {
  const View<float> x = static_cast<HostHidden&>(hidden).rows(static_cast<int64_t>(rows.size()));
  const auto weights = Weights::of(*store_, {block.index, -1});
  for (size_t r = 0; r < rows.size(); ++r) {
    if (!weights.ok()) {
      errors.fail(r, weights.error());
      continue;
    }
    float* residual = x[static_cast<int64_t>(r)];
    const Floats in = weights.value().norm(block.norm, {residual, static_cast<size_t>(x.cols)});
    const auto out = run_row(block, weights.value(), rows[r], in);
    if (!out.ok()) {
      errors.fail(r, out.error());
      continue;
    }
    for (int64_t i = 0; i < x.cols; ++i) residual[i] += out.value()[static_cast<size_t>(i)];
  }
}

Status ReferenceBackend::head(const HiddenStates& hidden, std::span<const int32_t> which,
                              View<float> logits) {
  const View<float> x = static_cast<const HostHidden&>(hidden).rows(hidden.rows_max());
  const Weights weights = TUG_TRY(Weights::of(*store_, {UnitId::kHead, -1}));
  for (size_t i = 0; i < which.size(); ++i) {
    const Floats normed = weights.norm(plan_->head_norm, {x[which[i]], static_cast<size_t>(x.cols)});
    std::ranges::copy(weights.apply(plan_->head, normed), logits[static_cast<int64_t>(i)]);
  }
  return {};
}

}  // namespace tug
