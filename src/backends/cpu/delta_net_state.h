// The state of Gated DeltaNet, anchored at block boundaries (docs/adr/0005-anchored-delta-net.md).
//
// A sequence keeps the state S0 [Dk, Dv] of every value head at the last boundary (a position divisible by
// kAnchor), and for the tokens since then their normalised keys k, their deltas u and the logarithms g of
// their decays. With G_t = sum of g from the boundary to t, token t sees
//   a = e^G_t S0'k + sum over s < t of e^(G_t - G_s) (k_s . k) u_s,   u = beta (v - a)
//   o = e^G_t S0'q + sum over s <= t of e^(G_t - G_s) (k_s . q) u_s
// so decode reads S0 and writes one key and one delta.
//
// Everything lies where its position says: the S0 of two boundaries and the tokens of two blocks, each at
// the parity of its block. So the last kDropMax tokens can be forgotten by not looking at them.
#pragma once

#include "backends/cpu/workspace.h"
#include "plan/plan.h"
#include "state/sequence.h"

namespace tug::cpu {

/// Tokens between two boundaries; a multiple of 16. Part of the format of saved states.
inline constexpr int64_t kAnchor = 16;
static_assert(kAnchor >= kDropMax, "the block before the last one holds what a drop goes back to");

struct DeltaShape {
  int64_t keys, values;  // Dk, Dv
  int64_t width() const { return (values + 15) / 16 * 16; }
  int64_t memory_floats() const { return keys * width(); }
  /// Of a block's tokens: keys, deltas, log-decays.
  int64_t block_floats() const { return kAnchor * (keys + width() + 1); }
  int64_t head_floats() const { return 2 * (memory_floats() + block_floats()); }
};

/// The state of one value head, in head_floats() floats. A block is position / kAnchor.
class DeltaHead {
 public:
  DeltaHead(const DeltaShape& shape, float* floats) : shape_(shape), floats_(floats) {}
  /// S0 at the beginning of a block: [Dv / 16][Dk][16], panels.
  float* memory(int64_t block) const { return floats_ + block % 2 * shape_.memory_floats(); }
  /// [kAnchor / 16][Dk][16], panels of 16 tokens.
  float* keys(int64_t block) const {
    return floats_ + 2 * shape_.memory_floats() + block % 2 * shape_.block_floats();
  }
  /// [kAnchor][width].
  float* deltas(int64_t block) const { return keys(block) + kAnchor * shape_.keys; }
  /// [kAnchor]: g of each token.
  float* log_decays(int64_t block) const { return deltas(block) + kAnchor * shape_.width(); }

 private:
  DeltaShape shape_;
  float* floats_;
};

/// Tokens of one value head within a block.
struct DeltaTokens {
  int64_t position = 0;                                  // of the first
  int64_t count = 0;                                     // position % kAnchor + count <= kAnchor
  const float *q = nullptr, *k = nullptr, *v = nullptr;  // of the first token, not normalised
  int64_t stride = 0;                                    // floats from one token's to the next
  const float *log_decays = nullptr, *betas = nullptr;   // [count]
  float* out = nullptr;                                  // [count][Dv]
  int64_t out_stride = 0;
};

/// Memory that advance() works in.
struct DeltaScratch {
  DeltaScratch(Bump& bump, const DeltaShape& shape)
      : vectors(bump.take<float>(2 * kAnchor * shape.keys)),
        base(bump.take<float>(2 * kAnchor * shape.width())),
        scores(bump.take<float>(2 * kAnchor * kAnchor)),
        key_rows(bump.take<float>(kAnchor * shape.keys)),
        decays(bump.take<float>(1 + kAnchor)),
        factors(bump.take<float>(1 + kAnchor)),
        sum(bump.take<float>(shape.width())),
        sums(bump.take<float>(2 * 2 * kAnchor * kFloatSums)) {}
  float* vectors;   // [2 * count][Dk]: normalised keys, then queries
  float* base;      // [2 * count][width]: S0' times each
  float* scores;    // [2 * count][kAnchor]: times each key
  float* key_rows;  // [kAnchor][Dk]
  float* decays;    // [1 + kAnchor]: G_t, then G_t - G_s of every token s of the block
  float* factors;   // their exponentials
  float* sum;       // [width]
  float* sums;      // of two panels' products
};

/// Takes in the tokens and writes their outputs. Closes the block when it is full.
void advance(const Kernels& kernels, const DeltaShape& shape, const DeltaHead& head,
             const DeltaTokens& tokens, const DeltaScratch& scratch);

/// Where one block of the plan keeps its state in the fixed part of a sequence: the heads, then the last
/// inputs of the convolution, those of a position at position % inputs().
class DeltaLayout {
 public:
  DeltaLayout() = default;
  /// `offset`: of the block, in bytes.
  DeltaLayout(const GatedDeltaNet& net, int64_t offset)
      : shape_{net.key_dim, net.value_dim},
        heads_(net.value_heads),
        channels_(net.channels()),
        inputs_(net.conv_kernel - 1 + kDropMax),
        offset_(offset) {}

  int64_t bytes() const {
    const int64_t floats = heads_ * shape_.head_floats() + inputs_ * channels_;
    return (floats * static_cast<int64_t>(sizeof(float)) + 63) / 64 * 64;
  }
  /// How many inputs are kept.
  int64_t inputs() const { return inputs_; }

  DeltaHead head(const Sequence& sequence, int64_t h) const {
    return {shape_, floats(sequence) + h * shape_.head_floats()};
  }
  /// The convolution's input of a position among the last kernel - 1; zeros before position 0.
  float* input(const Sequence& sequence, int64_t position) const {
    const int64_t place = (position % inputs_ + inputs_) % inputs_;
    return floats(sequence) + heads_ * shape_.head_floats() + place * channels_;
  }

 private:
  float* floats(const Sequence& sequence) const {
    return reinterpret_cast<float*>(sequence.fixed() + offset_);
  }

  DeltaShape shape_ = {};
  int64_t heads_ = 0, channels_ = 0, inputs_ = 1, offset_ = 0;
};

}  // namespace tug::cpu
