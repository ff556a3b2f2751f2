// What a Gated DeltaNet block remembers of one sequence, anchored at block boundaries so that one form of
// sums serves decode and prefill (arXiv 2412.06464; exactness notes).
//
// For every value head: the state S0 of the last boundary (a position divisible by kAnchor), and for the
// tokens since then their normalised keys k, their deltas u and the logarithms of how far each has decayed.
// Token t sees
//   a = e^G S0'k + sum over s < t of e^(G_t - G_s) (k_s . k) u_s,   u = beta (v - a)
//   o = e^G S0'q + sum over s <= t of e^(G_t - G_s) (k_s . q) u_s
// so decode reads S0 and writes one key and one delta.
#pragma once

#include "kernels/kernels.h"
#include "plan/plan.h"
#include "platform/memory.h"
#include "state/sequence.h"

namespace tug::cpu {

/// Tokens between two boundaries. Part of the format of saved states.
inline constexpr int64_t kAnchor = 32;

struct DeltaShape {
  explicit DeltaShape(const GatedDeltaNet& net) : keys(net.key_dim), values(net.value_dim) {}
  DeltaShape(int64_t key_dim, int64_t value_dim) : keys(key_dim), values(value_dim) {}
  int64_t keys, values;  // Dk, Dv

  int64_t width() const { return (values + 15) / 16 * 16; }
  int64_t memory_floats() const { return keys * width(); }
  int64_t head_floats() const { return memory_floats() + kAnchor * (keys + width()) + 2 * kAnchor; }
};

/// The state of one value head, in head_floats() floats.
struct DeltaHead {
  DeltaHead(const DeltaShape& shape, float* floats)
      : memory(floats),
        keys(memory + shape.memory_floats()),
        deltas(keys + kAnchor * shape.keys),
        log_decays(deltas + kAnchor * shape.width()) {}
  float* memory;      // S0: [Dv / 16][Dk][16], panels
  float* keys;        // [kAnchor / 16][Dk][16], panels of 16 tokens
  float* deltas;      // [kAnchor][width]
  float* log_decays;  // [1 + kAnchor]: G_t, then G_t - G_s of every token s
};

/// Tokens of one value head within a block between boundaries.
struct DeltaTokens {
  int64_t slot = 0;                                      // position of the first, modulo kAnchor
  int64_t count = 0;                                     // slot + count <= kAnchor
  const float *q = nullptr, *k = nullptr, *v = nullptr;  // of the first token, not normalised
  int64_t stride = 0;                                    // floats from one token's to the next
  const float *log_decays = nullptr, *betas = nullptr;   // [count]
};

/// Memory that advance() works in.
struct DeltaScratch {
  static int64_t floats(const DeltaShape& shape) {
    return 2 * kAnchor * (shape.keys + shape.width() + kAnchor) + kAnchor * shape.keys + 2 * kAnchor +
           shape.width();
  }
  DeltaScratch(const DeltaShape& shape, float* floats)
      : vectors(floats),
        base(vectors + 2 * kAnchor * shape.keys),
        scores(base + 2 * kAnchor * shape.width()),
        key_rows(scores + 2 * kAnchor * kAnchor),
        factors(key_rows + kAnchor * shape.keys),
        sum(factors + 2 * kAnchor) {}
  float* vectors;   // [2 * count][Dk]: normalised keys, then queries
  float* base;      // [2 * count][width]: S0' times each
  float* scores;    // [2 * count][kAnchor]: times each key
  float* key_rows;  // [kAnchor][Dk]
  float* factors;   // [1 + kAnchor]
  float* sum;       // [width]
};

/// Takes in the tokens and writes their outputs [count][Dv], `out_stride` floats apart. Moves the boundary
/// when the block is full. `sums` has room for kTokensAtOnce tokens, `y` too.
void advance(const Kernels& kernels, const DeltaShape& shape, const DeltaHead& head,
             const DeltaTokens& tokens, const DeltaScratch& scratch, float* sums, float* y, float* out,
             int64_t out_stride);

class DeltaNetState : public BlockState {
 public:
  static Result<std::unique_ptr<BlockState>> make(const GatedDeltaNet& net);
  static int64_t bytes(const GatedDeltaNet& net);

  DeltaHead head(int64_t h) const { return {shape_, floats() + h * shape_.head_floats()}; }
  /// The convolution's input of a position among the last kernel - 1; zeros before position 0.
  float* input(int64_t position) const {
    const int64_t kept = kernel_ - 1;
    return floats() + heads_ * shape_.head_floats() + ((position % kept + kept) % kept) * channels_;
  }

  // Bytes: the inputs' ring; for every head S0, then keys, deltas and log-decays of the tokens since the
  // boundary.
  void save(int64_t positions, ByteWriter& to) const override;
  Status restore(int64_t positions, ByteReader& from) override;

 private:
  explicit DeltaNetState(const GatedDeltaNet& net)
      : shape_(net), heads_(net.value_heads), channels_(net.channels()), kernel_(net.conv_kernel) {}
  float* floats() const { return reinterpret_cast<float*>(arena_.data()); }

  DeltaShape shape_;
  int64_t heads_, channels_, kernel_;
  Arena arena_;
};

}  // namespace tug::cpu
