// The kinds of blocks, one file each. run_*: x [rows, H] += work(norm(x)); an error, of weights that cannot
// be had, is that of all rows. *_bytes: the workspace that it takes for so many rows.
#pragma once

#include <span>
#include <vector>

#include "backends/backend.h"
#include "backends/cpu/delta_net_state.h"
#include "backends/cpu/kv_pages.h"
#include "backends/cpu/rope.h"
#include "backends/cpu/workspace.h"

namespace tug::cpu {

/// What is known of a block once the weights are loaded.
struct BlockConstants {
  KvLayout kv;                          // attention: where its state lies
  DeltaLayout delta;                    // Gated DeltaNet: the same
  RopeTable rope;                       // attention
  int64_t partial_floats = 0;           // attention: room for partitions that are computed in parallel
  const Block* next_experts = nullptr;  // a mixture of experts: the next one
  std::vector<float> conv;              // Gated DeltaNet: [kernel, channels]
  std::vector<float> log_decay;         // [Hv], negative: what softplus(a + dt_bias) is multiplied with
};
/// Adds what takes the weights' values.
void fill_constants(const Block& block, const WeightStore& store, BlockConstants& constants);

/// Calls visit(block, KvLayout, DeltaLayout) for every block, its state after that of the blocks before; a
/// block has one of the two at most. Returns the bytes of pages and of the fixed part.
StateLayout for_each_state(const Plan& plan, KvType kv,
                           FunctionRef<void(const Block&, const KvLayout&, const DeltaLayout&)> visit);

Status run_attention(const Cpu& cpu, const Block& block, const BlockConstants& constants,
                     std::span<const Row> rows, View<float> x);
Status run_gated_delta_net(const Cpu& cpu, const Block& block, const BlockConstants& constants,
                           std::span<const Row> rows, View<float> x);
Status run_dense_ffn(const Cpu& cpu, const Block& block, View<float> x);
/// An expert that cannot be had fails the rows that chose it.
Status run_moe_ffn(const Cpu& cpu, const Block& block, const BlockConstants& constants, View<float> x,
                   RowErrors& errors);

/// Room that attention may need to spread few rows of a sequence of up to `context` tokens over the threads.
int64_t partial_floats(const Attention& attention, int64_t context, int threads);
int64_t attention_bytes(const Block& block, const BlockConstants& constants, int64_t rows, int64_t hidden,
                        int threads);
int64_t gated_delta_net_bytes(const Block& block, int64_t rows, int64_t hidden, int threads);
int64_t dense_ffn_bytes(const Block& block, int64_t rows, int64_t hidden);
int64_t moe_ffn_bytes(const Block& block, int64_t rows, int64_t hidden);

}  // namespace tug::cpu
