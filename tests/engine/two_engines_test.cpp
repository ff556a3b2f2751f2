// Engines share nothing: two, of two models, loaded and run at the same time on two threads, each with a pool
// of its own, give what each gives alone. The thread sanitizer watches this test.
#include <barrier>
#include <thread>

#include "files/embedded_demo.h"
#include "support/engines.h"
#include "support/random_model.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

std::vector<float> demo_logits() {
  auto engine = load_engine(value_of(open_embedded_demo()), {.backend = "cpu", .threads = 2});
  return logits_of(*engine, {5, 9, 1, 700, 33, 4000, 2}, 3);
}

std::vector<float> random_logits(const std::string& path) {
  auto engine = load_engine(path, {.backend = "cpu", .threads = 2});
  return logits_of(*engine, {5, 9, 1, 70, 33, 40, 2}, 3);
}

TEST(TwoEngines, AtOnceAreAsAlone) {
  const TempDir directory;
  RandomModel shape;
  shape.types = {Type::kQ8_0, Type::kIQ4_NL, Type::kF16};
  make_random_model(shape).write(directory / "m.gguf");
  const std::vector<float> demo = demo_logits(), random = random_logits(directory / "m.gguf");

  std::barrier start(4);
  std::vector<std::vector<float>> results(4);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      results[i] = i % 2 == 0 ? demo_logits() : random_logits(directory / "m.gguf");
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i], i % 2 == 0 ? demo : random) << i;
}

}  // namespace
}  // namespace tug
