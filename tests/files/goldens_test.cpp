// Every golden checkpoint opens, and says about itself what its makers say.
#include <filesystem>

#include "files/checkpoint.h"
#include "support/expect.h"

namespace tug {
namespace {

const std::string kGoldens = TUG_SHARED_DIR "/goldens";

#define SKIP_WITHOUT_GOLDENS() \
  if (!is_directory(kGoldens)) GTEST_SKIP() << "no goldens in " << kGoldens

struct Case {
  const char* name;
  size_t safetensors_count;
  size_t gguf_count;  // 0: no GGUF file
  const char* architecture;
};

constexpr Case kCases[] = {
    {"qwen2", 0, 0, "qwen2"},
};

TEST(Goldens, Print) {
  SKIP_WITHOUT_GOLDENS();
  for (const auto& entry : std::filesystem::directory_iterator(kGoldens)) {
    if (!entry.is_directory()) continue;
    auto c = Checkpoint::open(entry.path().string());
    printf("%s %s\n", entry.path().c_str(), c.ok() ? std::to_string(c->tensors().size()).c_str() : c.error().message().c_str());
    auto g = Checkpoint::open((entry.path()/"model.gguf").string());
    printf("%s %s\n", entry.path().c_str(), g.ok() ? std::to_string(g->tensors().size()).c_str() : g.error().message().c_str());
  }
}

}  // namespace
}  // namespace tug
