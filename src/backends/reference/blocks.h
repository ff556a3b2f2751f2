// The kinds of work, one row at a time. Each takes norm(x) of one token and returns what is added to x.
#pragma once

#include "backends/reference/maths.h"
#include "state/sequence.h"

namespace tug::reference {

/// Keys and values of all positions so far: in each page keys [kPageTokens, Nkv * D], then values.
class AttentionState {
 public:
  AttentionState(const Attention& attention, const Sequence& sequence, int64_t at)
      : width_(attention.kv_heads * attention.head_dim), sequence_(sequence), at_(at) {}
  static int64_t bytes(const Attention& attention) {
    return 2 * kPageTokens * attention.kv_heads * attention.head_dim * static_cast<int64_t>(sizeof(float));
  }
  std::span<float> key(int64_t position) const { return row(position, 0); }
  std::span<float> value(int64_t position) const { return row(position, kPageTokens); }

 private:
  std::span<float> row(int64_t position, int64_t first) const {
    auto* floats = reinterpret_cast<float*>(sequence_.page(position / kPageTokens) + at_);
    return {floats + (first + position % kPageTokens) * width_, static_cast<size_t>(width_)};
  }
  int64_t width_;
  const Sequence& sequence_;
  int64_t at_;
};

/// The recurrent state after each of the last tokens, and the last inputs of the convolution: as many as it
/// takes to forget kDropMax tokens.
class DeltaNetState {
 public:
  DeltaNetState(const GatedDeltaNet& net, const Sequence& sequence, int64_t at)
      : net_(net), floats_(reinterpret_cast<float*>(sequence.fixed() + at)) {}
  static int64_t bytes(const GatedDeltaNet& net) {
    return ((kDropMax + 1) * memory_floats(net) + inputs(net) * net.channels()) *
           static_cast<int64_t>(sizeof(float));
  }
  /// [Hv, Dk, Dv] after so many tokens.
  std::span<float> memory(int64_t tokens) const {
    const int64_t size = memory_floats(net_);
    return {floats_ + tokens % (kDropMax + 1) * size, static_cast<size_t>(size)};
  }
  /// The convolution's input of a position; zeros before position 0.
  std::span<float> input(int64_t position) const {
    const int64_t kept = inputs(net_), place = (position % kept + kept) % kept;
    return {floats_ + (kDropMax + 1) * memory_floats(net_) + place * net_.channels(),
            static_cast<size_t>(net_.channels())};
  }

 private:
  static int64_t memory_floats(const GatedDeltaNet& net) {
    return net.value_heads * net.key_dim * net.value_dim;
  }
  static int64_t inputs(const GatedDeltaNet& net) { return net.conv_kernel - 1 + kDropMax; }
  const GatedDeltaNet& net_;
  float* floats_;
};

Floats run_attention(const Attention& attention, const Weights& weights, const AttentionState& state,
                     int64_t position, FloatView x);
Floats run_delta_net(const GatedDeltaNet& net, const Weights& weights, const DeltaNetState& state,
                     int64_t position, FloatView x);
/// Errors: why an expert cannot be had.
Result<Floats> run_moe(const MoeFfn& moe, const Weights& weights, int32_t block, FloatView x);

}  // namespace tug::reference
