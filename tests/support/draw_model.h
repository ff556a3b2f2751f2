// Random models of random shapes, and prompts for them.
#pragma once

#include "support/random_model.h"
#include "support/sanitized.h"

namespace tug {

inline std::vector<int32_t> random_tokens(int64_t count, int64_t vocabulary, uint64_t seed) {
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; ++i) {
    tokens.push_back(
        static_cast<int32_t>(uniform_at(seed, static_cast<uint64_t>(i)) * static_cast<double>(vocabulary)));
  }
  return tokens;
}

/// A shape and types drawn from a seed; every architecture and every type has its turn.
inline RandomModel draw_model(uint64_t seed) {
  auto pick = [seed, draw = uint64_t{0}](std::vector<int64_t> values) mutable {
    return values[static_cast<size_t>(uniform_at(seed, ++draw) * static_cast<double>(values.size()))];
  };
  const char* const architectures[] = {"qwen35moe", "qwen3next", "qwen3moe", "qwen2moe",
                                       "qwen35",    "qwen3",     "qwen2"};
  RandomModel m;
  m.architecture = architectures[seed % 7];
  const bool wide = pick({0, 1}) == 1;  // K-quants need rows of 256
  m.hidden = wide ? 256 : pick({32, 64, 96});
  m.expert_width = wide ? 256 : pick({32, 64, 96});
  m.shared_width = pick({32, 64}), m.dense_width = wide ? 256 : pick({32, 96});
  m.kv_heads = pick({1, 2, 3}), m.heads = m.kv_heads * pick({1, 2, 4}), m.head_dim = pick({16, 32, 64});
  m.rotary = std::min<int64_t>(m.head_dim, pick({8, 16}));
  m.experts = pick({3, 7, static_cast<int64_t>(cases(60, 12))}), m.top_k = pick({1, 2, 3});
  m.key_heads = pick({1, 2, 3}), m.value_heads = m.key_heads * pick({1, 2, 4}), m.state = pick({16, 32, 64});
  m.conv_kernel = pick({2, 4}), m.vocabulary = pick({33, 96, 130});
  m.fused_gate_up = pick({0, 1}) == 1 && (m.architecture == "qwen35moe" || m.architecture == "qwen3next");
  m.tied = pick({0, 1}) == 1;
  m.layers = m.architecture.find("35") != std::string::npos || m.architecture == "qwen3next" ? 4 : 2;
  m.seed = seed;
  std::vector<Type> types;
  for (const TypeInfo& info : all_types()) {
    if (info.type != Type::kF8_E4M3) types.push_back(info.type);
  }
  m.types.clear();
  for (int i = 0; i < 9; ++i)
    m.types.push_back(
        types[static_cast<size_t>(pick({0, 1, 2, 3, 4, 5, 6, 7, 8}) + 9 * (i % 3)) % types.size()]);
  return m;
}

}  // namespace tug
