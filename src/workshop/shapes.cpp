#include "workshop/shapes.h"

namespace tug {
namespace {

// clang-format off
// Sources: the released configs.
constexpr ModelShape kShapes[] = {
    // name, architecture, layers, hidden, vocabulary, context, rope_base, heads, kv_heads, head_dim,
    // experts, top_k, expert_width, shared_width, key_heads, value_heads, state
    {"tiny", "qwen3moe", 4, 256, 4096, 4096, 1e6, 4, 2, 128, 8, 2, 256},
    {"tiny-next", "qwen3next", 4, 256, 4096, 4096, 1e7, 4, 2, 128, 8, 2, 256, 256, 2, 4, 128},
    {"tiny-3.5", "qwen35moe", 4, 256, 4096, 4096, 1e7, 4, 2, 128, 8, 2, 256, 256, 2, 4, 128},
    {"qwen3-30b-a3b", "qwen3moe", 48, 2048, 151936, 40960, 1e6, 32, 4, 128, 128, 8, 768},
    {"qwen3-235b-a22b", "qwen3moe", 94, 4096, 151936, 40960, 1e6, 64, 4, 128, 128, 8, 1536},
    {"qwen3-coder-480b-a35b", "qwen3moe", 62, 6144, 151936, 262144, 1e7, 96, 8, 128, 160, 8, 2560},
    {"qwen3-next-80b-a3b", "qwen3next", 48, 2048, 151936, 262144, 1e7, 16, 2, 256, 512, 10, 512, 512, 16, 32, 128},
    {"qwen3.5-35b-a3b", "qwen35moe", 40, 2048, 248320, 262144, 1e7, 16, 2, 256, 256, 8, 512, 512, 16, 32, 128},
    {"qwen3.5-122b-a10b", "qwen35moe", 48, 3072, 248320, 262144, 1e7, 32, 2, 256, 256, 8, 1024, 1024, 16, 64, 128},
    {"qwen3.5-397b-a17b", "qwen35moe", 60, 4096, 248320, 262144, 1e7, 32, 2, 256, 512, 10, 1024, 1024, 16, 64, 128},
    {"qwen3.8-2.4t-a95b", "qwen35moe", 92, 8192, 248320, 262144, 1e7, 64, 4, 256, 512, 10, 2048, 2048, 16, 128, 128},
};
// clang-format on

}  // namespace

std::span<const ModelShape> model_shapes() { return kShapes; }

}  // namespace tug
