#include "backends/cpu/cpu_backend.h"

#include <algorithm>
#include <limits>

#include "backends/cpu/prefetch.h"
#include "backends/cpu/slots.h"
#include "backends/cpu/unit_parts.h"
#include "backends/host_hidden.h"
#include "backends/kernels_of.h"
#include "base/check.h"
#include "base/exact_math.h"

namespace tug {
namespace {

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

/// What the kernels have room for.
Status check_shape(const Block& block) {
  if (const auto* a = std::get_if<Attention>(&block.work); a && a->heads / a->kv_heads > cpu::kTokensAtOnce) {
    return Error(ErrorCode::kUnsupported, "Block " + std::to_string(block.index) + " has " +
                                              std::to_string(a->heads / a->kv_heads) +
                                              " query heads per key head; the cpu backend can do " +
                                              std::to_string(cpu::kTokensAtOnce) + ".");
  }
  if (const auto* net = std::get_if<GatedDeltaNet>(&block.work);
      net && net->conv_kernel > cpu::kConvTapsMax) {
    return Error(ErrorCode::kUnsupported,
                 "Block " + std::to_string(block.index) + " convolves " + std::to_string(net->conv_kernel) +
                     " tokens; the cpu backend can do " + std::to_string(cpu::kConvTapsMax) + ".");
  }
  return {};
}

int64_t memory_of(const Block& block, const cpu::BlockConstants& constants, int64_t rows, int64_t hidden,
                  int threads) {
  return std::visit(
      Match{[&](const Attention&) { return cpu::attention_bytes(block, constants, rows, hidden, threads); },
            [&](const GatedDeltaNet&) { return cpu::gated_delta_net_bytes(block, rows, hidden, threads); },
            [&](const DenseFfn&) { return cpu::dense_ffn_bytes(block, rows, hidden); },
            [&](const MoeFfn&) { return cpu::moe_ffn_bytes(block, rows, hidden); }},
      block.work);
}

}  // namespace

void cpu::fill_constants(const Block& block, const WeightStore& store, BlockConstants& constants) {
  if (const auto* attention = std::get_if<Attention>(&block.work))
    constants.rope = RopeTable(attention->rope);
  const auto* net = std::get_if<GatedDeltaNet>(&block.work);
  if (!net) return;
  const std::span<const float> conv = store.vector(net->conv);
  for (int64_t tap = 0; tap < net->conv_kernel; ++tap) {
    for (int64_t c = 0; c < net->channels(); ++c) {
      constants.conv.push_back(conv[static_cast<size_t>(c * net->conv_kernel + tap)]);
    }
  }
  for (const float decay : store.vector(net->decay)) {
    // An infinite rate would make 0 * infinity of a token that does not decay.
    const float rate = std::min(exact_exp(decay), std::numeric_limits<float>::max());
    constants.log_decay.push_back(net->decay_is_log ? -rate : decay);
  }
}

StateLayout cpu::for_each_state(const Plan& plan, KvType kv,
                                FunctionRef<void(const Block&, const KvLayout&, const DeltaLayout&)> visit) {
  StateLayout layout;
  for (const Block& block : plan.blocks) {
    KvLayout pages;
    DeltaLayout fixed;
    if (const auto* attention = std::get_if<Attention>(&block.work)) {
      pages = KvLayout(*attention, kv, layout.page_bytes);
      layout.page_bytes += pages.bytes();
    }
    if (const auto* net = std::get_if<GatedDeltaNet>(&block.work)) {
      fixed = DeltaLayout(*net, layout.fixed_bytes);
      layout.fixed_bytes += fixed.bytes();
    }
    visit(block, pages, fixed);
  }
  return layout;
}

CpuBackend::CpuBackend(Isa isa, KvType kv, ThreadPool& pool)
    : cpu_{.kernels = &kernels_of(isa), .pool = &pool}, kv_(kv) {}

int64_t CpuBackend::packed_size(const Matrix& matrix) const { return cpu::slot_size(matrix); }

void CpuBackend::pack(const Matrix& matrix, const RawRows& raw, MutableByteView slot) const {
  cpu::fill_slot(matrix, raw, slot);
}

/// What follows from the shapes alone.
std::vector<cpu::BlockConstants> CpuBackend::shapes(const Plan& plan) const {
  std::vector<cpu::BlockConstants> all(plan.blocks.size());
  cpu::for_each_state(
      plan, kv_, [&](const Block& block, const cpu::KvLayout& kv, const cpu::DeltaLayout& delta) {
        cpu::BlockConstants& own = all[static_cast<size_t>(block.index)];
        own.kv = kv, own.delta = delta;
        if (const auto* attention = std::get_if<Attention>(&block.work))
          own.partial_floats = cpu::partial_floats(*attention, plan.context, cpu_.pool->threads());
      });
  return all;
}

Status CpuBackend::prepare(const Plan& plan, WeightStore& store, MemoryBudget& budget) {
  constants_ = shapes(plan);
  for (const Block& block : plan.blocks) {
    TUG_TRY(check_shape(block));
    cpu::fill_constants(block, store, constants_[static_cast<size_t>(block.index)]);
  }
  const Block* next = nullptr;
  for (auto block = plan.blocks.rbegin(); block != plan.blocks.rend(); ++block) {
    if (!std::holds_alternative<MoeFfn>(block->work)) continue;
    constants_[static_cast<size_t>(block->index)].next_experts = std::exchange(next, &*block);
  }
  budget_ = &budget;
  cpu_.store = &store;
  cpu_.phases = &phases_;
  plan_ = &plan;
  return {};
}

/// Of the block that needs the most, or the head.
int64_t CpuBackend::workspace_bytes(const Plan& plan, int64_t rows_max) const {
  cpu::Bump head;
  cpu::Activations(head, rows_max, plan.hidden);
  int64_t bytes = head.used();
  const std::vector<cpu::BlockConstants> constants = shapes(plan);
  for (const Block& block : plan.blocks)
    bytes = std::max(bytes, memory_of(block, constants[static_cast<size_t>(block.index)], rows_max,
                                      plan.hidden, cpu_.pool->threads()));
  return bytes;
}

int64_t CpuBackend::scratch_bytes() const {
  return cpu_.pool->threads() * static_cast<int64_t>(sizeof(cpu::ThreadScratch));
}

int64_t CpuBackend::pass_bytes(const Plan& plan, int64_t rows_max) const {
  return workspace_bytes(plan, rows_max) + scratch_bytes() + HostHidden::bytes(rows_max, plan.hidden);
}

Status CpuBackend::place(int64_t rows_max) {
  memory_ = TUG_TRY(Arena::allocate(workspace_bytes(*plan_, rows_max), *budget_, "the workspaces"));
  scratch_ = TUG_TRY(Arena::allocate(scratch_bytes(), *budget_, "the workspaces"));
  cpu_.memory = memory_.data();
  cpu_.scratch = reinterpret_cast<cpu::ThreadScratch*>(scratch_.data());
  cpu::choose_prefetch(cpu_, *plan_);
  return {};
}

StateLayout CpuBackend::state_layout(const Plan& plan) const {
  constexpr uint64_t kVersion = 1;
  StateLayout layout =
      cpu::for_each_state(plan, kv_, [](const Block&, const cpu::KvLayout&, const cpu::DeltaLayout&) {});
  layout.id = kVersion << 32 | static_cast<uint64_t>(cpu::kAnchor) << 16 | kPageTokens << 4 |
              static_cast<uint64_t>(kv_) << 1 | 1;
  return layout;
}

Result<std::unique_ptr<HiddenStates>> CpuBackend::new_hidden(int64_t rows_max) const {
  return HostHidden::make(rows_max, plan_->hidden, *budget_);
}

void CpuBackend::set_hidden(HiddenStates& x, int64_t row, std::span<const float> embedding) const {
  static_cast<HostHidden&>(x).set(row, embedding);
}

void CpuBackend::run(const Block& block, std::span<const Row> rows, HiddenStates& hidden, RowErrors& errors) {
  const View<float> x = static_cast<HostHidden&>(hidden).rows(static_cast<int64_t>(rows.size()));
  const cpu::BlockConstants& constants = constants_[static_cast<size_t>(block.index)];
  const Status status = std::visit(
      Match{[&](const Attention&) { return cpu::run_attention(cpu_, block, constants, rows, x); },
            [&](const GatedDeltaNet&) { return cpu::run_gated_delta_net(cpu_, block, constants, rows, x); },
            [&](const DenseFfn&) { return cpu::run_dense_ffn(cpu_, block, x); },
            [&](const MoeFfn&) { return cpu::run_moe_ffn(cpu_, block, constants, x, errors); }},
      block.work);
  phases_.enter(Phase::kRest);
  for (size_t row = 0; !status.ok() && row < rows.size(); ++row) errors.fail(row, status.error());
}

Status CpuBackend::head(const HiddenStates& hidden, std::span<const int32_t> which, View<float> logits) {
  phases_.enter(Phase::kHead);
  const View<const float> x = static_cast<const HostHidden&>(hidden).rows(hidden.rows_max());
  cpu::Bump bump(cpu_.memory);
  const cpu::Activations normed(bump, logits.rows, x.cols);
  norm_rows(cpu_, plan_->head_norm, x, which, cpu::forms_of({&plan_->head}), normed);
  cpu::UnitParts unit(cpu_, {UnitId::kHead, -1});
  const Status status = unit.multiply(std::array{
      cpu::Product{.linear = &plan_->head, .input = &normed, .count = logits.rows, .out = logits.data}});
  phases_.enter(Phase::kRest);
  return status;
}

}  // namespace tug
