// Digests of logits, the same on every CPU. A change of numerics must change them on purpose: run the test,
// check the goldens, and enter the digests that it prints.
#include "files/embedded_demo.h"
#include "support/engines.h"
#include "support/random_model.h"
#include "support/sha256.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

std::string digest(Engine& engine) {
  std::vector<int32_t> tokens;
  for (int32_t i = 0; i < 90; ++i) tokens.push_back(i * 37 % static_cast<int32_t>(engine.plan().vocabulary));
  const std::vector<float> logits = logits_of(engine, tokens, 41);
  return Sha256::hex(std::as_bytes(std::span(logits))).substr(0, 16);
}

TEST(Hashes, DemoModel) {
  auto engine = load_engine(value_of(open_embedded_demo()), {.backend = "cpu", .threads = 2});
  EXPECT_EQ(digest(*engine), "d71ecb42dbe99ebe");
}

TEST(Hashes, RandomModels) {
  struct Case {
    const char* architecture;
    std::vector<Type> types;
    const char* digest;
  };
  const Case cases[] = {
      {"qwen3moe", {Type::kF32, Type::kF16, Type::kBF16}, "be9ca3b67543c515"},
      {"qwen35moe", {Type::kQ4_K, Type::kQ6_K, Type::kQ8_0}, "4e5de8eb346a3e0a"},
      {"qwen3next", {Type::kIQ2_XS, Type::kMXFP4, Type::kQ5_K, Type::kIQ4_NL}, "7c771982a2ec9aa2"},
      {"qwen3moe", {Type::kQ4_0, Type::kQ4_1, Type::kQ5_0, Type::kQ5_1, Type::kNVFP4}, "e37c10eb23f8cbb5"},
      {"qwen35moe",
       {Type::kQ2_K, Type::kQ3_K, Type::kIQ4_XS, Type::kIQ3_XXS, Type::kIQ3_S},
       "884b4e2bd5bed7d5"},
      {"qwen3moe",
       {Type::kIQ2_XXS, Type::kIQ2_S, Type::kIQ1_S, Type::kIQ1_M, Type::kTQ1_0, Type::kTQ2_0},
       "ae5837f564c1f76f"},
      {"qwen2moe", {Type::kBF16, Type::kQ8_0}, "f63ca924fa233e6a"},
  };
  for (const Case& c : cases) {
    TempDir directory;
    RandomModel shape;
    shape.architecture = c.architecture;
    shape.types = c.types;
    shape.hidden = shape.expert_width = 256;
    make_random_model(shape).write(directory / "m.gguf");
    auto engine = load_engine(directory / "m.gguf", {.backend = "cpu", .threads = 2});
    EXPECT_EQ(digest(*engine), c.digest) << c.architecture;
  }
}

}  // namespace
}  // namespace tug
