// The kinds of blocks, one file each. run_*: x [rows, H] += work(norm(x)); an error, of weights that cannot
// be had, is that of all rows. *_bytes: the workspace that it takes for so many rows.
#pragma once

#include <span>
#include <vector>

#include "backends/backend.h"
#include "backends/cpu/rope.h"
#include "backends/cpu/workspace.h"

namespace tug::cpu {

/// What is computed from a block's weights once.
struct BlockConstants {
  RopeTable rope;                // attention
  std::vector<float> conv;       // Gated DeltaNet: [kernel, channels]
  std::vector<float> log_decay;  // [Hv], negative: what softplus(a + dt_bias) is multiplied with
};
BlockConstants make_constants(const Block& block, const WeightStore& store);

Status run_attention(const Cpu& cpu, const Block& block, const BlockConstants& constants,
                     std::span<const Row> rows, View<float> x);
Status run_gated_delta_net(const Cpu& cpu, const Block& block, const BlockConstants& constants,
                           std::span<const Row> rows, View<float> x);
Status run_dense_ffn(const Cpu& cpu, const Block& block, View<float> x);
/// An expert that cannot be had fails the rows that chose it.
Status run_moe_ffn(const Cpu& cpu, const Block& block, View<float> x, RowErrors& errors);

int64_t attention_bytes(const Block& block, int64_t rows, int64_t hidden, int threads);
int64_t gated_delta_net_bytes(const Block& block, int64_t rows, int64_t hidden, int threads);
int64_t dense_ffn_bytes(const Block& block, int64_t rows, int64_t hidden);
int64_t moe_ffn_bytes(const Block& block, int64_t rows, int64_t hidden);

}  // namespace tug::cpu
