// The kinds of work, one row at a time. Each takes norm(x) of one token and returns what is added to x.
#pragma once

#include "backends/reference/maths.h"
#include "state/sequence.h"

namespace tug::reference {

/// Keys and values of all positions so far: [positions, Nkv * D] each.
struct AttentionState : BlockState {
  explicit AttentionState(const Attention& attention) : width(attention.kv_heads * attention.head_dim) {}
  void save(int64_t positions, ByteWriter& to) const override;
  Status restore(int64_t positions, ByteReader& from) override;
  int64_t width;
  Floats keys, values;
};

/// The recurrent state and the last inputs of the convolution.
struct DeltaNetState : BlockState {
  explicit DeltaNetState(const GatedDeltaNet& net);
  void save(int64_t positions, ByteWriter& to) const override;
  Status restore(int64_t positions, ByteReader& from) override;
  Floats memory;   // [Hv, Dk, Dv]
  Floats columns;  // [kernel - 1, channels], oldest first
};

Floats run_attention(const Attention& attention, const Weights& weights, AttentionState& state,
                     int64_t position, FloatView x);
Floats run_delta_net(const GatedDeltaNet& net, const Weights& weights, DeltaNetState& state, FloatView x);
/// Errors: why an expert cannot be had.
Result<Floats> run_moe(const MoeFfn& moe, const Weights& weights, int32_t block, FloatView x);

}  // namespace tug::reference
