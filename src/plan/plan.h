// A model as data: an embedding, about two blocks per layer, a head. A block is x += work(norm(x)); its work
// is made of linears, a linear of a matrix that lies somewhere in a file. No pointers, no weights.
//
// Letters in shapes: H hidden size, V vocabulary rows, E experts, I expert width, Nq/Nkv query and key/value
// heads, D attention head size, Hk/Hv linear-attention key and value heads, Dk/Dv their sizes. Matrices are
// [out, in].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "files/checkpoint.h"

namespace tug {

struct RowRange {
  int64_t first = 0;
  int64_t count = 0;
};

/// Rows of a stored matrix: y = x * W^T.
struct Matrix {
  Type type = Type::kF32;
  int64_t rows = 0, cols = 0;
  Extent bytes;                       // the stored matrix, rows of row_bytes(type, cols) each
  std::vector<RowRange> source_rows;  // which of its rows, in order; empty: rows 0 .. rows-1
  Extent block_scales;                // F8_E4M3: one scale per 128x128 block of the stored matrix, row-major
  Type scales_type = Type::kF32;
  float scale = 1;  // multiplies every element (NVFP4's second scale)
};

/// Block edge of F8_E4M3 scales (Hugging Face `weight_block_size`).
inline constexpr int64_t kScaleBlock = 128;

/// A few numbers that are read as float32 once and stay in memory: norm weights, biases, decays.
struct Vector {
  Type type = Type::kF32;
  int64_t size = 0;  // 0: absent
  Extent bytes;
  int32_t id = -1;  // numbered by number_vectors()
};

/// Adapters, sharding and gradients attach here and nowhere else.
struct Linear {
  Matrix weight;  // [out, in]
  Vector bias;    // [out] or absent
};

/// RMSNorm: x * rsqrt(mean(x^2) + eps) * w, with 1 + w for w when zero-centred.
struct Norm {
  Vector weight;
  float eps = 1e-6f;
  bool zero_centred = false;
};

/// YaRN (arXiv 2309.00071) as Hugging Face computes it.
struct Yarn {
  double factor = 1;
  double original_context = 0;
  double beta_fast = 32, beta_slow = 1;
  double attention_factor = 1;  // multiplies cos and sin
  bool truncate = true;         // the ramp's ends are rounded outwards to whole dimensions
};

/// Rotary embedding on the first `dims` of a head, NeoX pairs (i, i + dims/2).
struct Rope {
  double theta = 1e4;
  int64_t dims = 0;
  std::optional<Yarn> yarn;
};

/// Causal softmax attention. Gated: q has 2*D outputs per head, first the query, then the gate; the heads'
/// outputs are multiplied by sigmoid(gate).
struct Attention {
  Linear q, k, v, o;                   // [Nq*D (or Nq*2D), H], [Nkv*D, H], [Nkv*D, H], [H, Nq*D]
  std::optional<Norm> q_norm, k_norm;  // [D], per head, before the rotation
  Rope rope;
  int64_t heads = 0, kv_heads = 0, head_dim = 0;
  bool gated = false;
};

/// Gated DeltaNet (arXiv 2412.06464).
struct GatedDeltaNet {
  Linear qkv;    // [2*Hk*Dk + Hv*Dv, H]: all q, all k, all v
  Linear z;      // [Hv*Dv, H]
  Linear a, b;   // [Hv, H]
  Linear out;    // [H, Hv*Dv]
  Vector conv;   // [2*Hk*Dk + Hv*Dv, kernel], causal, tap kernel-1 is the current token
  Vector decay;  // [Hv]; A_log (the factor is -exp(A_log)), or already negative
  bool decay_is_log = true;
  Vector dt_bias;  // [Hv]
  Norm norm;       // [Dv], over each value head, before the gate
  int64_t key_heads = 0, value_heads = 0, key_dim = 0, value_dim = 0, conv_kernel = 4;
  bool tiled_heads = false;   // value head h reads key head h % Hk (GGUF qwen35*), else h / (Hv/Hk)
  bool sigmoid_gate = false;  // the gate of z: sigmoid, else SiLU

  int64_t key_head_of(int64_t value_head) const {
    return tiled_heads ? value_head % key_heads : value_head / (value_heads / key_heads);
  }
  int64_t channels() const { return 2 * key_heads * key_dim + value_heads * value_dim; }
};

/// SwiGLU: down(silu(gate(x)) * up(x)).
struct DenseFfn {
  Linear gate, up, down;  // [I, H], [I, H], [H, I]
};
using Expert = DenseFfn;

struct RouteRule {
  int64_t top_k = 0;
  bool renormalise = true;  // the chosen probabilities are divided by their sum
};

struct SharedExpert {
  DenseFfn ffn;
  Linear gate;  // [1, H]; the expert's output is multiplied by its sigmoid
};

struct MoeFfn {
  Linear router;  // [E, H]; softmax over all E, the top_k largest, ties to the lower id
  RouteRule rule;
  std::vector<Expert> experts;
  std::optional<SharedExpert> shared;
};

using Work = std::variant<Attention, GatedDeltaNet, DenseFfn, MoeFfn>;

struct Block {
  int32_t index = 0;  // in Plan::blocks
  int32_t layer = 0;
  Norm norm;
  Work work;
};

/// Multi-token prediction (as in arXiv 2412.19437): kept, not run yet.
struct Mtp {
  Linear fc;  // [H, 2H], embedding half first
  Norm embedding_norm, hidden_norm, norm;
  std::vector<Block> blocks;
  std::optional<Matrix> embedding;  // [V, H]; none: the plan's own
  std::optional<Linear> head;       // [V, H]; none: the plan's own
};

struct Plan {
  std::string architecture;  // "qwen3_5_moe"
  std::string name;          // what the model calls itself
  int64_t hidden = 0, layers = 0, vocabulary = 0;
  int64_t context = 0;  // positions that the model was made for
  Matrix embedding;     // [V, H], rows are looked up where they are stored
  std::vector<Block> blocks;
  Norm head_norm;
  Linear head;  // [V, H]; the embedding's matrix again when tied
  bool tied = false;
  std::optional<Mtp> mtp;
  int32_t vectors = 0;  // how many Vectors there are, MTP left out
};

/// What the weight store moves: one expert, or one block's dense part, or the head.
struct UnitId {
  int32_t block = 0;    // Block::index; kHead for the head
  int32_t expert = -1;  // -1: the dense part
  static constexpr int32_t kHead = -1;
  bool operator==(const UnitId&) const = default;
};

}  // namespace tug
