// A split set opens from any of its parts; a set that does not fit together says which part is wrong.
#include <filesystem>

#include "files/gguf_split.h"
#include "models.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

class Split : public testing::Test {
 protected:
  static constexpr int kParts = 3;
  const TempDir dir;

  std::string part_path(int number) const { return dir / GgufPartName{"big", number, kParts}.of(number); }

  static GgufWriter make_part(int number, int count = kParts, int tensor_count = kParts) {
    GgufWriter w;
    if (number == 1) w.set("general.architecture", "qwen3moe");
    w.set("split.no", static_cast<uint16_t>(number - 1));
    w.set("split.count", static_cast<uint16_t>(count));
    w.set("split.tensors.count", int32_t{tensor_count});
    const auto value = static_cast<float>(number);
    w.add("t" + std::to_string(number), Type::kF32, {1}, as_bytes(floats_as_bytes({value})));
    return w;
  }

  void SetUp() override {
    for (int number = 1; number <= kParts; ++number) make_part(number).write(part_path(number));
  }
};

TEST_F(Split, OpensFromAnyPartAndFromTheDirectory) {
  for (const std::string& path : {part_path(1), part_path(2), part_path(3), dir.path()}) {
    const Checkpoint checkpoint = value_of(Checkpoint::open(path));
    expect_guarantees(checkpoint);
    EXPECT_EQ(std::get<std::string_view>(checkpoint.metadata().at("general.architecture")), "qwen3moe");
    ASSERT_EQ(checkpoint.tensors().size(), 3u);
    for (size_t i = 0; i < 3; ++i) {
      const Tensor& tensor = checkpoint.tensors()[i];
      EXPECT_EQ(tensor.bytes.file, static_cast<int32_t>(i));
      EXPECT_EQ(value_of(checkpoint.read_floats(tensor)), std::vector<float>{static_cast<float>(i + 1)});
    }
  }
  EXPECT_EQ(value_of(Checkpoint::open(part_path(2))).name(), "big");
}

TEST_F(Split, NamesTheMissingPart) {
  std::filesystem::remove(part_path(2));
  EXPECT_ERROR(Checkpoint::open(part_path(3)), "Part 2 of 3 of the model is missing");
  std::filesystem::remove(part_path(1));
  EXPECT_ERROR(Checkpoint::open(dir.path()), "Part 1 of 3 of the model is missing");
}

TEST_F(Split, SaysWhenAPartWasRenamed) {
  std::filesystem::rename(part_path(2), dir / "other.gguf");
  EXPECT_ERROR(Checkpoint::open(dir / "other.gguf"), "part 2 of 3");
  EXPECT_ERROR(Checkpoint::open(dir / "other.gguf"), "-00002-of-00003.gguf");
}

TEST_F(Split, RefusesMixedSets) {
  make_part(3).write(part_path(2));
  EXPECT_ERROR(Checkpoint::open(part_path(1)), "This should be part 2 of 3");
  make_part(2, 4).write(part_path(2));
  EXPECT_ERROR(Checkpoint::open(part_path(1)), "part 2 of 4");
  GgufWriter whole;
  whole.write(part_path(2));
  EXPECT_ERROR(Checkpoint::open(part_path(1)), "part 1 of 1");
}

TEST_F(Split, RefusesWrongNumbersOfTensors) {
  make_part(1, kParts, 4).write(part_path(1));
  EXPECT_ERROR(Checkpoint::open(part_path(1)), "should hold 4 tensors together, but hold 3");
  for (const int count : {0, 65'535}) {
    make_part(1, count).write(part_path(1));
    EXPECT_ERROR(Checkpoint::open(part_path(1)), "part 1 of " + std::to_string(count));
  }
}

TEST(GgufPartName, IsParsedExactly) {
  const std::optional<GgufPartName> name = parse_gguf_part_name("a-b-00002-of-00010.gguf");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->base, "a-b");
  EXPECT_EQ(name->number, 2);
  EXPECT_EQ(name->count, 10);
  EXPECT_EQ(name->of(10), "a-b-00010-of-00010.gguf");
  for (const char* file : {"", "a.gguf", "a-00002-of-0010.gguf", "a-0000x-of-00010.gguf",
                           "a-00001-of-00002.bin", "a_00001-of-00002.gguf", "a-00001_of-00002.gguf"}) {
    EXPECT_FALSE(parse_gguf_part_name(file)) << file;
  }
}

}  // namespace
}  // namespace tug
