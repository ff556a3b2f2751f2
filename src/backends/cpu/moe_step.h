// What the steps of a mixture of experts share: moe_ffn.cpp routes, moe_few.cpp and moe_many.cpp work.
#pragma once

#include "backends/cpu/blocks.h"
#include "backends/cpu/feed_forward.h"

namespace tug::cpu::moe {

/// Rows whose experts' outputs are kept apart, at most.
inline constexpr int64_t kFewRows = 64;
/// Rows of the networks that run together, at most.
inline constexpr int64_t kWaveRows = 4096;
inline int64_t few(const MoeFfn& moe, int64_t rows) {
  return std::min(rows, kFewRows) * (moe.rule.top_k + 1);
}

/// Rows of a wave: an expert may be chosen by all rows of a step.
inline int64_t wave_rows(const MoeFfn& moe, int64_t rows) {
  return std::min(kWaveRows, 2 * rows + moe.rule.top_k);
}

inline int64_t widest(const MoeFfn& moe) {
  int64_t width = moe.shared ? moe.shared->ffn.gate.weight.rows : 0;
  for (const Expert& expert : moe.experts) width = std::max(width, expert.gate.weight.rows);
  return width;
}

/// What has landed of an expert's matrices, in rows, and what became of it.
struct Arrival {
  int64_t gate = 0, up = 0, down = 0;
  bool activated = false, done = false;
};

struct Buffers {
  Buffers(Bump& bump, const MoeFfn& moe, int64_t rows, int64_t hidden_size)
      : experts(static_cast<int64_t>(moe.experts.size())),
        normed(bump, rows, hidden_size),
        ffn(bump, std::max(few(moe, rows), wave_rows(moe, rows)), widest(moe)),
        outputs(bump.take<float>(few(moe, rows) * hidden_size)),
        logits(bump.take<float>(rows * experts)),
        shared_gate(bump.take<float>(rows)),
        chosen(bump.take<int32_t>(rows * moe.rule.top_k)),
        weights(bump.take<float>(rows * moe.rule.top_k)),
        begin_of(bump.take<int64_t>(experts + 2)),
        rows_of(bump.take<int32_t>(rows * moe.rule.top_k)),
        factors(bump.take<float>(rows * moe.rule.top_k)),
        all_rows(bump.take<int32_t>(rows)),
        units(bump.take<UnitId>(experts)),
        ahead(bump, std::min(rows, kFewRows), hidden_size),
        likely(bump.take<UnitId>(std::min(rows, kFewRows) * moe.rule.top_k)),
        networks(bump.take<Network>(experts + 1)),
        arrivals(bump.take<Arrival>(experts + 1)),
        wave(bump.take<Network>(experts + 2)),
        scratch(bump, experts + 2) {}

  int64_t experts;
  Activations normed;
  FfnBuffers ffn;
  float* outputs;      // few rows: [assignments and shared, H], by row of the ffn buffers
  float* logits;       // [rows, E]
  float* shared_gate;  // [rows]
  int32_t* chosen;     // [rows, top_k]
  float* weights;
  int64_t* begin_of;  // assignments of expert e are begin_of[e] .. begin_of[e + 1] - 1
  int32_t* rows_of;   // of each assignment; by expert, rows ascending
  float* factors;
  int32_t* all_rows;  // 0, 1, ...
  UnitId* units;      // the chosen experts, ascending
  Activations ahead;  // few rows: x as the next block's router might see it
  UnitId* likely;     // experts that it would choose
  Network* networks;  // theirs; then the shared one
  Arrival* arrivals;
  Network* wave;
  NetworkScratch scratch;
};

/// One block in one pass.
struct Step {
  const Cpu& cpu;
  const MoeFfn& moe;
  const Buffers& buffers;
  View<float> x;
  int32_t block;
  const Block* next;  // the next mixture of experts; null: none
  RowErrors& errors;
};

/// The rows that chose an expert fail.
void fail(const Step& step, const Network& network, const Error& error);
/// Notes a part of an expert; true when its gate, up and down have all landed.
bool note(const Part& part, Network& network, Arrival& arrival);

/// Names to a store that streams the experts that the next block will choose, as far as that can be seen:
/// those that its router would choose for x as it is now. Takes the buffers of the routing.
void foresee(const Step& step);
/// Works through `experts` networks, and the shared one behind them if there is one, as they land: their
/// outputs are kept apart and added in the end, in order.
void run_few(const Step& step, size_t experts);
/// Works through the networks in order, each for all rows of the pass.
void run_many(const Step& step, size_t experts);

}  // namespace tug::cpu::moe
