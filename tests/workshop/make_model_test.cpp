// Synthetic models: valid in every type, of order one, and the same bytes for the same options.
#include <cmath>

#include "support/engines.h"
#include "support/temp_dir.h"
#include "workshop/random_blocks.h"
#include "workshop/workshop.h"

namespace tug {
namespace {

/// The bytes that make_model writes.
std::string made(const MakeModelOptions& options) {
  std::string all;
  const int64_t size = value_of(make_model(options, [&](ByteView bytes, int64_t) -> Status {
    all.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }));
  EXPECT_TRUE(options.sparse || size == static_cast<int64_t>(all.size()));
  return all;
}

double deviation_of(const std::vector<float>& values) {
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

TEST(RandomBlocks, HaveTheDeviationThatWasAskedFor) {
  constexpr int64_t kElements = 1 << 20;
  for (const TypeInfo& info : all_types()) {
    const bool coarse = info.type == Type::kMXFP4 || info.type == Type::kNVFP4;
    for (const double wanted : {1.0, 1 / std::sqrt(2048.0), 1.5 / std::sqrt(512.0)}) {
      const int64_t blocks = kElements / info.block_elements;
      std::vector<std::byte> bytes(static_cast<size_t>(blocks * info.block_bytes));
      RandomBlocks(info.type, wanted, 7).fill(bytes);
      ASSERT_TRUE(all_finite(info.type, bytes)) << info.name;
      std::vector<float> values(static_cast<size_t>(blocks * info.block_elements));
      info.decode(bytes.data(), blocks, values.data());
      EXPECT_NEAR(deviation_of(values) / wanted, 1, coarse ? 0.34 : 0.05) << info.name << " " << wanted;
      double sum = 0;
      for (const float value : values) sum += static_cast<double>(value);
      EXPECT_NEAR(sum / static_cast<double>(values.size()) / wanted, 0, 0.15) << info.name;
    }
  }
}

TEST(RandomBlocks, DoNotRepeat) {
  for (const TypeInfo& info : all_types()) {
    std::vector<std::byte> first(static_cast<size_t>(256 * info.block_bytes)), second(first.size());
    RandomBlocks blocks(info.type, 1, 7);
    blocks.fill(first), blocks.fill(second);
    EXPECT_NE(first, second) << info.name;
  }
}

class MadeModel : public testing::TestWithParam<const char*> {};

TEST_P(MadeModel, HasFiniteLogitsOfOrderOneInEveryType) {
  for (const std::string& type : made_types()) {
    SCOPED_TRACE(type);
    const TempDir folder;
    const std::string path =
        folder.write("made.gguf", made({.shape = GetParam(), .type = type, .layers = 0, .seed = 3}));
    const auto engine = load_engine(path, {});
    const std::vector<float> logits = logits_of(*engine, {1, 77, 2000, 4095, 5, 5, 9}, 4);
    for (const float logit : logits) ASSERT_TRUE(std::isfinite(logit));
    // output.weight gives normed rows a deviation of four.
    EXPECT_GT(deviation_of(logits), 2.5);
    EXPECT_LT(deviation_of(logits), 6);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, MadeModel, testing::Values("tiny", "tiny-next", "tiny-3.5"));

TEST(MakeModel, SameOptionsSameBytes) {
  const MakeModelOptions options{.shape = "tiny-3.5", .layers = 1, .seed = 11};
  const std::string bytes = made(options);
  EXPECT_EQ(bytes, made(options));
  MakeModelOptions other = options;
  other.seed = 12;
  EXPECT_NE(bytes, made(other));
  other = options;
  other.router_skew = 0.5;
  EXPECT_NE(bytes, made(other));
}

TEST(MakeModel, SparseIsTheHeaderOfTheSameModel) {
  MakeModelOptions options{.shape = "tiny"};
  const std::string whole = made(options);
  options.sparse = true;
  const std::string header = made(options);
  EXPECT_LT(header.size(), whole.size());
  EXPECT_EQ(header, whole.substr(0, header.size()));
}

TEST(MakeModel, StopsAtTheFirstWriteThatFails) {
  int calls = 0;
  const auto size = make_model({.shape = "tiny"}, [&](ByteView, int64_t) -> Status {
    if (++calls < 3) return {};
    return Error(ErrorCode::kIo, "The disk is full.");
  });
  ASSERT_FALSE(size.ok());
  EXPECT_EQ(size.error().message(), "The disk is full.");
  EXPECT_EQ(calls, 3);
}

TEST(MakeModel, NamesWhatThereIs) {
  const auto message = [](const MakeModelOptions& options) {
    const auto size = make_model(options, [](ByteView, int64_t) { return Status(); });
    return size.ok() ? std::string() : size.error().message();
  };
  EXPECT_NE(message({.shape = "qwen9"}).find("qwen3-30b-a3b, "), std::string::npos);
  EXPECT_NE(message({.shape = "tiny", .type = "q9"}).find("q4_k_m, "), std::string::npos);
  EXPECT_EQ(message({.shape = "tiny", .layers = 5}), "tiny has 4 layers, not 5.");
}

}  // namespace
}  // namespace tug
