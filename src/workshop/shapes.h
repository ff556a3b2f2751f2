// The real shapes of the Qwen MoE family, and three small ones of the same kinds for tests.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tug {

/// Sizes as the released configs have them. Zeros: the model has no such part.
struct ModelShape {
  std::string_view name, architecture;  // the latter as GGUF writes it
  int64_t layers = 0, hidden = 0, vocabulary = 0, context = 0;
  double rope_base = 0;
  int64_t heads = 0, kv_heads = 0, head_dim = 0;
  int64_t experts = 0, top_k = 0, expert_width = 0, shared_width = 0;
  int64_t key_heads = 0, value_heads = 0, state = 0;  // of Gated DeltaNet layers

  bool hybrid() const { return value_heads > 0; }
  /// Of a hybrid's layers every fourth one is attention.
  bool is_attention(int64_t layer) const { return !hybrid() || (layer + 1) % kAttentionInterval == 0; }

  static constexpr int64_t kAttentionInterval = 4;
};

std::span<const ModelShape> model_shapes();

}  // namespace tug
