// Engines whose weights are streamed through any amount of memory, on any threads: the same bits as over
// resident weights. A file that breaks underneath fails the passes that need it, and the engine lives.
#include <filesystem>
#include <fstream>

#include "support/draw_model.h"
#include "support/engines.h"
#include "support/model_file.h"
#include "support/system_tree.h"
#include "weights/streamed_store.h"

namespace tug {
namespace {

/// An engine over a streaming store with so much room; null: not enough.
std::unique_ptr<Engine> streamed(const std::string& path, const EngineOptions& options, int64_t room,
                                 int64_t cache) {
  auto engine = Engine::load_with(value_of(Checkpoint::open(path)), options,
                                  [&](const StoreInputs& in) -> Result<std::unique_ptr<WeightStore>> {
                                    return std::unique_ptr<WeightStore>(TUG_TRY(StreamedStore::open(
                                        in.checkpoint, in.plan, in.backend, in.threads, room, cache,
                                        in.budget, [](int64_t, int64_t) {})));
                                  });
  return engine.ok() ? std::move(engine).value() : nullptr;
}

/// About the least room with which there is an engine.
int64_t least_room(const std::string& path, const EngineOptions& options) {
  int64_t room = 256 << 20;  // the readers' buffers take some of it
  for (int64_t step = room / 2; step > 10000; step /= 2) {
    if (streamed(path, options, room - step, 0)) room -= step;
  }
  return room;
}

class Streaming : public ModelFile {};

TEST_F(Streaming, TheSameBits) {
  for (uint64_t seed = 0; seed < 7; ++seed) {
    const RandomModel shape = draw_model(seed);
    SCOPED_TRACE(shape.architecture + " of seed " + std::to_string(seed));
    write(shape);
    const std::vector<int32_t> tokens = random_tokens(60, shape.vocabulary, seed);
    const auto resident = load_engine(path_, {.backend = "cpu", .threads = 2});
    const std::vector<float> expected = logits_of(*resident, tokens, 60);
    const int64_t least = least_room(path_, {.backend = "cpu", .isa = best_isa()});
    int threads = 1;
    for (const double more : {1.0, 1.01}) {
      const auto room = static_cast<int64_t>(static_cast<double>(least) * more);
      auto engine = streamed(path_, {.backend = "cpu", .isa = best_isa(), .threads = threads}, room, 0);
      ASSERT_NE(engine, nullptr);
      for (const int64_t chunk : {1, 60})
        ASSERT_EQ(logits_of(*engine, tokens, chunk), expected) << more << " of " << least << ", " << chunk;
      threads = threads % 3 + 1;
    }
  }
}

TEST_F(Streaming, TheSameBitsWithAnyCacheAndInstructionSet) {
  RandomModel shape;
  shape.experts = 24, shape.top_k = 5, shape.hidden = shape.expert_width = 256;
  shape.types = {Type::kQ4_K, Type::kQ6_K, Type::kQ8_0, Type::kIQ4_XS, Type::kMXFP4};
  write(shape);
  const std::vector<int32_t> tokens = random_tokens(100, shape.vocabulary, 3);
  const auto resident = load_engine(path_, {.backend = "cpu", .threads = 2});
  const std::vector<float> expected = logits_of(*resident, tokens, 50);
  for (const Isa isa : kIsas) {
    if (!isa_available(isa)) continue;
    for (const int64_t cache : {int64_t{1}, int64_t{4} << 20}) {
      const EngineOptions options = {.backend = "cpu", .isa = isa, .threads = 2};
      const auto engine = streamed(path_, options, int64_t{1} << 30, cache);
      ASSERT_EQ(logits_of(*engine, tokens, 9), expected) << isa_name(isa) << ", " << cache;
      EXPECT_GT(engine->store().stats().foreseen, 0) << "the next block's experts";
    }
  }
}

TEST_F(Streaming, AFileThatBreaksUnderneath) {
  RandomModel shape;
  shape.experts = 30, shape.top_k = 4;
  write(shape);
  const std::vector<int32_t> tokens = random_tokens(20, shape.vocabulary, 3);
  auto engine = streamed(path_, {.backend = "cpu", .isa = best_isa(), .threads = 2}, int64_t{1} << 30, 1);
  const std::vector<float> expected = logits_of(*engine, tokens, 20);
  const auto size = std::filesystem::file_size(path_);
  std::vector<char> whole(size);
  std::ifstream(path_, std::ios::binary).read(whole.data(), static_cast<std::streamsize>(size));
  const auto embeddings = value_of(Checkpoint::open(path_)).find("blk.0.attn_norm.weight")->bytes.offset;
  std::filesystem::resize_file(path_, static_cast<uintmax_t>(embeddings) + 4096);
  auto sequence = value_of(engine->new_sequence(20));
  const std::vector<Row> rows = {{tokens[0], 0, sequence.get(), true}};
  const Status status = engine->step(rows, [](size_t, std::span<float>) {});
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message().find("m.gguf"), std::string::npos) << status.error().message();
  std::ofstream(path_, std::ios::binary | std::ios::in)
      .write(whole.data(), static_cast<std::streamsize>(size));
  EXPECT_EQ(logits_of(*engine, tokens, 5), expected);
}

TEST(MemoryChange, GivesBeforeItIsTooLateAndTakesSlowly) {
  constexpr int64_t kGiga = int64_t{1} << 30, kReserve = kGiga / 32;
  EXPECT_EQ(memory_change(2 * kReserve, 0, kGiga), 0);
  EXPECT_EQ(memory_change(kReserve / 2, 0, kGiga), -kReserve);
  EXPECT_EQ(memory_change(-kGiga, 0, kGiga), -kGiga - kReserve * 3 / 2);
  EXPECT_EQ(memory_change(2 * kReserve, 0.5, kGiga), -kReserve);
  EXPECT_EQ(memory_change(4 * kReserve, 0, kGiga), 2 * kReserve);
  EXPECT_EQ(memory_change(100 * kGiga, 0, kGiga), kGiga / 8);
}

/// A limit that is lowered while it generates, and lifted again: the same bits all the time.
TEST_F(Streaming, TheCacheFollowsTheMemory) {
  RandomModel shape;
  shape.experts = 40, shape.hidden = shape.expert_width = 256, shape.layers = 8;
  write(shape);
  const std::vector<int32_t> tokens = random_tokens(50, shape.vocabulary, 1);
  const std::vector<float> expected =
      logits_of(*load_engine(path_, {.backend = "cpu", .threads = 2}), tokens, 50);
  SystemTree tree;
  tree.available(int64_t{1} << 40);
  tree.write("proc/self/cgroup", "0::/job\n");
  tree.write("sys/fs/cgroup/job/memory.current", int64_t{500} << 20);
  const auto limit = [&](int64_t bytes) { tree.write("sys/fs/cgroup/job/memory.max", bytes); };
  limit(int64_t{580} << 20);
  auto engine = load_engine(path_, {.backend = "cpu",
                                    .threads = 2,
                                    .memory_limit = 1 << 30,
                                    .cache = 64 << 20,
                                    .system_root = tree.root()});
  const int64_t all = engine->store().stats().places;
  ASSERT_GT(all, 50);
  const auto run_until = [&](auto condition) {  // a test that hangs has failed
    do ASSERT_EQ(logits_of(*engine, tokens, 7), expected);
    while (!condition(engine->store().stats().places));
  };
  limit(int64_t{500} << 20);
  run_until([&](int64_t places) { return places < all / 2; });
  limit(int64_t{2} << 30);
  run_until([&](int64_t places) { return places == all; });
}

TEST_F(Streaming, ChosenByTheMemoryThereIs) {
  RandomModel shape;
  shape.experts = 40, shape.hidden = shape.expert_width = 256, shape.layers = 8;
  write(shape);
  auto all = load_engine(path_, {.backend = "cpu", .threads = 2});
  EXPECT_FALSE(all->store().streams());
  const std::vector<int32_t> tokens = random_tokens(50, shape.vocabulary, 1);
  const std::vector<float> expected = logits_of(*all, tokens, 50);
  const auto weights = static_cast<int64_t>(all->store().memory().size());
  for (const int64_t limit : {weights, weights / 2, weights / 4}) {
    auto part = load_engine(path_, {.backend = "cpu", .threads = 2, .memory_limit = limit});
    EXPECT_TRUE(part->store().streams());
    EXPECT_LE(static_cast<int64_t>(part->store().memory().size()) + part->sequences_limit(), limit);
    EXPECT_EQ(logits_of(*part, tokens, 50), expected);
  }
  EXPECT_TRUE(load_engine(path_, {.backend = "cpu", .threads = 2, .cache = 1})->store().streams());
}

}  // namespace
}  // namespace tug
