// Every golden checkpoint becomes a plan.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

#include "files/checkpoint.h"
#include "models/architecture.h"
#include "support/expect.h"

namespace tug {
namespace {

TEST(Goldens, Smoke) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(TUG_SHARED_DIR "/goldens")) {
    const std::string path = entry.path().string();
    if (!entry.is_directory() && !path.ends_with(".gguf")) continue;
    Result<Checkpoint> checkpoint = Checkpoint::open(path);
    if (!checkpoint.ok()) { std::printf("%s: %s\n", path.c_str(), checkpoint.error().message().c_str()); continue; }
    Result<Plan> plan = make_plan(*checkpoint);
    if (!plan.ok()) { std::printf("%s: %s\n", path.c_str(), plan.error().message().c_str()); ADD_FAILURE(); continue; }
    std::printf("%s: %s blocks %zu vectors %d ctx %ld mtp %d\n", path.c_str(), plan->architecture.c_str(), plan->blocks.size(), plan->vectors, plan->context, plan->mtp.has_value());
  }
}

}  // namespace
}  // namespace tug
#include "plan/print.h"
namespace tug { TEST(Print, A) { for (auto p : {"/goldens/qwen3_next", "/goldens/zoo/zoo.gguf", "/goldens/qwen3_moe_fp8"}) { Plan plan = value_of(make_plan(value_of(Checkpoint::open(std::string(TUG_SHARED_DIR)+p)))); std::printf("%s\n%s\n", print_plan(plan).c_str(), plan_json(plan).dump(1).substr(0,3000).c_str()); } } }
