#include "backends/cpu/cpu_backend.h"

#include <algorithm>
#include <limits>

#include "backends/cpu/delta_net_state.h"
#include "backends/cpu/kv_cache.h"
#include "backends/cpu/slots.h"
#include "backends/cpu/unit_parts.h"
#include "backends/host_hidden.h"
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

const Kernels& kernels_of(Isa isa) {
  TUG_CHECK(isa_available(isa));
  switch (isa) {
    case Isa::kAvx2: return avx2_kernels();
    case Isa::kAvx512: return avx512_kernels();
    case Isa::kScalar: break;
  }
  return scalar_kernels();
}

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

int64_t memory_of(const Block& block, int64_t rows, int64_t hidden, int threads) {
  return std::visit(
      Match{[&](const Attention&) { return cpu::attention_bytes(block, rows, hidden, threads); },
            [&](const GatedDeltaNet&) { return cpu::gated_delta_net_bytes(block, rows, hidden, threads); },
            [&](const DenseFfn&) { return cpu::dense_ffn_bytes(block, rows, hidden); },
            [&](const MoeFfn&) { return cpu::moe_ffn_bytes(block, rows, hidden); }},
      block.work);
}

}  // namespace

cpu::BlockConstants cpu::make_constants(const Block& block, const WeightStore& store) {
  BlockConstants constants;
  if (const auto* attention = std::get_if<Attention>(&block.work))
    constants.rope = RopeTable(attention->rope);
  const auto* net = std::get_if<GatedDeltaNet>(&block.work);
  if (!net) return constants;
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
  return constants;
}

CpuBackend::CpuBackend(Isa isa, ThreadPool& pool) : cpu_{.kernels = &kernels_of(isa), .pool = &pool} {}

int64_t CpuBackend::packed_size(const Matrix& matrix) const { return cpu::slot_size(matrix); }

void CpuBackend::pack(const Matrix& matrix, const RawRows& raw, MutableByteView slot) const {
  cpu::fill_slot(matrix, raw, slot);
}

Status CpuBackend::prepare(const Plan& plan, WeightStore& store, int64_t rows_max) {
  const int threads = cpu_.pool->threads();
  cpu::Bump head;
  cpu::Activations(head, rows_max, plan.hidden);
  int64_t bytes = head.used();
  for (const Block& block : plan.blocks) {
    TUG_TRY(check_shape(block));
    bytes = std::max(bytes, memory_of(block, rows_max, plan.hidden, threads));
    constants_.push_back(cpu::make_constants(block, store));
  }
  memory_ = TUG_TRY(Arena::allocate(bytes));
  scratch_ = TUG_TRY(Arena::allocate(threads * static_cast<int64_t>(sizeof(cpu::ThreadScratch))));
  cpu_.memory = memory_.data();
  cpu_.scratch = reinterpret_cast<cpu::ThreadScratch*>(scratch_.data());
  cpu_.store = &store;
  plan_ = &plan;
  return {};
}

Result<std::unique_ptr<BlockState>> CpuBackend::new_state(const Block& block, int64_t capacity) const {
  if (const auto* attention = std::get_if<Attention>(&block.work))
    return cpu::KvCache::make(*attention, capacity);
  if (const auto* net = std::get_if<GatedDeltaNet>(&block.work)) return cpu::DeltaNetState::make(*net);
  return std::unique_ptr<BlockState>();
}

int64_t CpuBackend::state_bytes(const Block& block, int64_t capacity) const {
  if (const auto* attention = std::get_if<Attention>(&block.work))
    return cpu::KvCache::bytes(*attention, capacity);
  if (const auto* net = std::get_if<GatedDeltaNet>(&block.work)) return cpu::DeltaNetState::bytes(*net);
  return 0;
}

Result<std::unique_ptr<HiddenStates>> CpuBackend::new_hidden(int64_t rows_max) const {
  return HostHidden::make(rows_max, plan_->hidden);
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
            [&](const MoeFfn&) { return cpu::run_moe_ffn(cpu_, block, x, errors); }},
      block.work);
  for (size_t row = 0; !status.ok() && row < rows.size(); ++row) errors.fail(row, status.error());
}

Status CpuBackend::head(const HiddenStates& hidden, std::span<const int32_t> which, View<float> logits) {
  const View<const float> x = static_cast<const HostHidden&>(hidden).rows(hidden.rows_max());
  cpu::Bump bump(cpu_.memory);
  const cpu::Activations normed(bump, logits.rows, x.cols);
  norm_rows(cpu_, plan_->head_norm, x, which, cpu::forms_of({&plan_->head}), normed);
  cpu::UnitParts unit(cpu_, {UnitId::kHead, -1});
  return unit.multiply(std::array{
      cpu::Product{.linear = &plan_->head, .input = &normed, .count = logits.rows, .out = logits.data}});
}

}  // namespace tug
