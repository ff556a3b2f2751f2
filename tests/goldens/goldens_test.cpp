// Tiny checkpoints of every architecture against the logits that Hugging Face transformers gives for them:
// reference within 1e-4 of the largest logit, cpu within 1e-3 of reference (float weights: activations are
// not rounded), the same greedy tokens; step by step, in chunks and in a batch. A few cases are in the
// repository, the others run where the shared data is.
#include <algorithm>
#include <cmath>
#include <set>

#include "support/engines.h"
#include "support/hostile_store.h"
#include "support/safetensors_file.h"

namespace tug {
namespace {

namespace fs = std::filesystem;

/// Every golden directory, by name; the repository's own and the shared ones.
std::map<std::string, std::string> golden_directories() {
  std::map<std::string, std::string> found;
  for (const char* root : {TUG_SHARED_DIR "/goldens", TUG_SOURCE_DIR "/tests/goldens/data"}) {
    if (!fs::is_directory(root)) continue;
    for (const auto& entry : fs::directory_iterator(root)) {
      if (fs::exists(entry.path() / "golden.safetensors")) found[entry.path().filename()] = entry.path();
    }
  }
  return found;
}

/// "qwen3_next/hf" and "qwen3_next/gguf" where there is a GGUF file.
std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& [name, path] : golden_directories()) {
    names.push_back(name + "/hf");
    if (fs::exists(path + "/model.gguf")) names.push_back(name + "/gguf");
  }
  return names;
}

double largest(const std::vector<float>& values) {
  double most = 0;
  for (float value : values) most = std::max(most, std::fabs(static_cast<double>(value)));
  return most;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return INFINITY;
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = std::fabs(static_cast<double>(a[i]) - b[i]);
    most = difference <= most ? most : difference;  // a NaN stays
  }
  return most;
}

class Goldens : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const size_t slash = GetParam().find('/');
    directory_ = golden_directories().at(GetParam().substr(0, slash));
    model_ = GetParam().substr(slash) == "/gguf" ? directory_ + "/model.gguf" : directory_;
    golden_ = std::make_unique<SafetensorsFile>(directory_ + "/golden.safetensors");
    // A GGUF file cannot say norm_topk_prob = false for qwen3moe; no golden needs it.
  }
  std::vector<int32_t> tokens(int input) const {
    return golden_->read<int32_t>("tokens." + std::to_string(input));
  }
  std::vector<float> logits(int input) const {
    return golden_->read<float>("logits." + std::to_string(input));
  }

  std::string directory_, model_;
  std::unique_ptr<SafetensorsFile> golden_;
};

TEST_P(Goldens, ReferenceEqualsTransformers) {
  auto engine = load_engine(model_, {.backend = "reference"});
  for (int input = 0; input < 4; ++input) {
    const std::vector<float> expected = logits(input);
    for (int64_t chunk : {64, 1}) {
      EXPECT_LE(largest_difference(logits_of(*engine, tokens(input), chunk), expected),
                1e-4 * largest(expected))
          << "input " << input << " in chunks of " << chunk;
    }
  }
}

TEST_P(Goldens, CpuEqualsReference) {
  auto reference = load_engine(model_, {.backend = "reference"});
  auto cpu = load_engine(model_, {.backend = "cpu", .threads = 2});
  for (int input = 0; input < 4; ++input) {
    const std::vector<float> expected = logits_of(*reference, tokens(input), 256);
    const std::vector<float> whole = logits_of(*cpu, tokens(input), 256);
    EXPECT_LE(largest_difference(whole, expected), 1e-3 * largest(expected)) << "input " << input;
    for (int64_t chunk : {1, 7, 64})
      EXPECT_EQ(logits_of(*cpu, tokens(input), chunk), whole) << "chunk " << chunk;
  }
}

TEST_P(Goldens, AHostileStoreChangesNoBit) {
  auto resident = load_engine(model_, {.backend = "cpu", .threads = 2});
  for (const Hostility& hostility : {Hostility{.seed = 1, .slots = 1, .part_panels = 1},
                                     Hostility{.seed = 2, .slots = 3, .parts_max = 4, .part_panels = 3}}) {
    auto hostile = load_hostile_engine(model_, {.backend = "cpu", .threads = 2}, hostility);
    for (const int64_t chunk : {7, 256})
      EXPECT_EQ(logits_of(*hostile, tokens(1), chunk), logits_of(*resident, tokens(1), 256)) << chunk;
  }
}

TEST_P(Goldens, BatchEqualsAlone) {
  for (const char* backend : {"reference", "cpu"}) {
    auto engine = load_engine(model_, {.backend = backend, .threads = 2});
    std::vector<std::unique_ptr<Sequence>> sequences;
    std::vector<Row> rows;
    std::vector<std::vector<float>> batched(4);
    std::vector<size_t> input_of_row;
    for (int input = 0; input < 4; ++input) {
      sequences.push_back(value_of(engine->new_sequence(200)));
      int64_t position = 0;
      for (int32_t token : tokens(input)) {
        rows.push_back({token, position++, sequences.back().get(), true});
        input_of_row.push_back(static_cast<size_t>(input));
      }
    }
    EXPECT_OK(engine->step(rows, [&](size_t row, std::span<float> values) {
      auto& to = batched[input_of_row[row]];
      to.insert(to.end(), values.begin(), values.end());
    }));
    for (int input = 0; input < 4; ++input) {
      EXPECT_EQ(batched[static_cast<size_t>(input)], logits_of(*engine, tokens(input), 256))
          << backend << " " << input;
    }
  }
}

TEST_P(Goldens, GreedyTokensAreTheSame) {
  const std::vector<int32_t> expected = golden_->read<int32_t>("greedy.1");
  for (const char* backend : {"reference", "cpu"}) {
    auto engine = load_engine(model_, {.backend = backend});
    auto sequence = value_of(engine->new_sequence(64));
    std::vector<int32_t> next = tokens(1), greedy;
    while (greedy.size() < expected.size()) {
      const std::vector<float> all = feed(*engine, *sequence, next, 64);
      const auto last = all.end() - engine->plan().vocabulary;
      next = {static_cast<int32_t>(std::max_element(last, all.end()) - last)};
      greedy.push_back(next[0]);
    }
    EXPECT_EQ(greedy, expected) << backend;
  }
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(All, Goldens, testing::ValuesIn(cases()), test_name);

/// KL divergence of every position's distribution from the golden one, natural logarithm.
std::vector<double> divergences(const std::vector<float>& golden, const std::vector<float>& other,
                                size_t vocabulary) {
  const auto log_softmax = [&](const float* logits) {
    const double most = *std::max_element(logits, logits + vocabulary);
    double sum = 0;
    for (size_t i = 0; i < vocabulary; ++i) sum += std::exp(logits[i] - most);
    std::vector<double> out;
    for (size_t i = 0; i < vocabulary; ++i) out.push_back(logits[i] - most - std::log(sum));
    return out;
  };
  std::vector<double> all;
  for (size_t at = 0; at < golden.size(); at += vocabulary) {
    const auto p = log_softmax(&golden[at]), q = log_softmax(&other[at]);
    double sum = 0;
    for (size_t i = 0; i < vocabulary; ++i) sum += std::exp(p[i]) * (p[i] - q[i]);
    all.push_back(sum);
  }
  return all;
}

/// One file whose matrices use all 26 GGUF types.
class Zoo : public testing::TestWithParam<const char*> {};

TEST_P(Zoo, EveryTypeIsRight) {
  std::string path = std::string(TUG_SOURCE_DIR "/tests/goldens/data/zoo/") + GetParam();
  if (!fs::exists(path + ".gguf")) path = std::string(TUG_SHARED_DIR "/goldens/zoo/") + GetParam();
  if (!fs::exists(path + ".gguf")) GTEST_SKIP() << "the shared goldens are not here";
  const SafetensorsFile golden(path + ".golden.safetensors");
  auto reference = load_engine(path + ".gguf", {.backend = "reference"});
  auto cpu = load_engine(path + ".gguf", {.backend = "cpu", .threads = 2});
  std::vector<double> pooled;
  for (int input = 0; input < 4; ++input) {
    const auto tokens = golden.read<int32_t>("tokens." + std::to_string(input));
    const auto expected = golden.read<float>("logits." + std::to_string(input));
    EXPECT_LE(largest_difference(logits_of(*reference, tokens, 64), expected), 1e-4 * largest(expected));
    const auto kl = divergences(expected, logits_of(*cpu, tokens, 64), 512);
    pooled.insert(pooled.end(), kl.begin(), kl.end());
  }
  std::sort(pooled.begin(), pooled.end());
  double mean = 0;
  for (double value : pooled) mean += value / static_cast<double>(pooled.size());
  const double median = pooled[pooled.size() / 2];
  std::printf("%s: mean KL %.3g, median %.3g, largest %.3g\n", GetParam(), mean, median, pooled.back());
  EXPECT_LE(median, 2e-3);
  if (std::string(GetParam()) == "zoo_all") {
    EXPECT_LE(mean, 1.1e-3);
  }
}
INSTANTIATE_TEST_SUITE_P(All, Zoo, testing::Values("zoo", "zoo_all"),
                         [](const auto& zoo) { return zoo.param; });

}  // namespace
}  // namespace tug
