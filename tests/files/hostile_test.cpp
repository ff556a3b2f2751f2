// Whatever the bytes are, opening them ends in a checkpoint that keeps its guarantees, or in an error.
#include <random>

#include "models.h"

namespace tug {
namespace {

using Open = Result<Checkpoint> (*)(std::string_view);

std::string small_gguf() {
  GgufWriter w;
  w.set("general.architecture", "qwen3moe");
  w.set("general.alignment", uint32_t{32});
  w.set("ints", std::vector<int32_t>{1, 2});
  w.set("texts", std::vector<std::string>{"a", "bc"});
  w.set("yes", true);
  w.add("x", Type::kF32, {2, 2}, as_bytes(std::string(16, '\1')));
  w.add("q", Type::kQ8_0, {1, 32}, as_bytes(std::string(34, '\1')));
  return w.bytes();
}

std::string small_safetensors() {
  SafetensorsWriter w;
  w.add("x", Type::kF32, {2, 2}, as_bytes(std::string(16, '\1')));
  w.add("y", Type::kBF16, {3}, as_bytes(std::string(6, '\1')));
  w.add("i", "I64", {1}, as_bytes(std::string(8, '\1')));
  return w.bytes();
}

void expect_survival(Open open, const std::string& bytes) {
  const Result<Checkpoint> result = open(bytes);
  if (result.ok()) expect_guarantees(result.value());
  else ASSERT_FALSE(result.error().message().empty());
}

struct Format {
  const char* name;
  Open open;
  std::string (*make)();
};

class Hostile : public testing::TestWithParam<Format> {
 protected:
  const std::string good = GetParam().make();
  const Open open = GetParam().open;
};

TEST_P(Hostile, EveryTruncationIsAnError) {
  EXPECT_OK(open(good));
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(open(good.substr(0, size)).ok()) << size;
}

TEST_P(Hostile, ExtremesInEveryField) {
  constexpr uint64_t kExtremes[] = {0,
                                    1,
                                    2,
                                    0x7f,
                                    0x80,
                                    0xff,
                                    0x7fffffff,
                                    0x80000000,
                                    0xffffffff,
                                    1ull << 62,
                                    (1ull << 63) - 1,
                                    1ull << 63,
                                    ~0ull,
                                    ~0ull - 7,
                                    1ull << 32,
                                    1ull << 40};
  for (size_t at = 0; at < good.size(); ++at) {
    for (const uint64_t value : kExtremes) {
      for (const size_t width : {1, 2, 4, 8}) {
        if (at + width > good.size()) continue;
        std::string bytes = good;
        std::memcpy(&bytes[at], &value, width);
        expect_survival(open, bytes);
      }
    }
  }
}

TEST_P(Hostile, RandomMutations) {
  std::mt19937 random(20'250'101);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (unsigned edits = 1 + random() % 4; edits-- > 0 && !bytes.empty();) {
      const size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes.erase(at, 1 + random() % 8); break;
        case 2: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 24)); break;
        default: bytes[at] = bytes[random() % bytes.size()]; break;
      }
    }
    expect_survival(open, bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Hostile,
                         testing::Values(Format{"gguf", open_gguf_bytes, small_gguf},
                                         Format{"safetensors", open_safetensors_bytes, small_safetensors}),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace tug
