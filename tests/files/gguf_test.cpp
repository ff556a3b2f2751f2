// GGUF files say what was written into them; each broken rule of the format has its own message.
#include <filesystem>

#include "models.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

const std::string kFour = floats_as_bytes({1, 2, -3, 4.5f});

TEST(Gguf, KeepsMetadataOfAllTypes) {
  GgufWriter w;
  w.set("general.architecture", "qwen3moe");
  w.set("u8", uint8_t{200});
  w.set("i8", int8_t{-100});
  w.set("u16", uint16_t{60'000});
  w.set("i16", int16_t{-30'000});
  w.set("u32", uint32_t{4'000'000'000});
  w.set("i32", int32_t{-2'000'000'000});
  w.set("u64", uint64_t{1} << 62);
  w.set("i64", INT64_MIN);
  w.set("f32", 0.5f);
  w.set("f64", 1e300);
  w.set("yes", true);
  w.set("texts", std::vector<std::string>{"a", "", "c\n"});
  w.set("ints", std::vector<int32_t>{-1, 2});
  w.set("bytes", std::vector<uint8_t>{255});
  w.set("floats", std::vector<float>{0.25f, -2});
  w.set("bools", std::vector<bool>{true, false});
  w.set("none", std::vector<std::string>{});
  const std::string bytes = w.bytes();
  const Checkpoint checkpoint = value_of(open_gguf_bytes(bytes));
  const GgufMetadata expected = {
      {"general.architecture", std::string_view("qwen3moe")},
      {"u8", int64_t{200}},
      {"i8", int64_t{-100}},
      {"u16", int64_t{60'000}},
      {"i16", int64_t{-30'000}},
      {"u32", int64_t{4'000'000'000}},
      {"i32", int64_t{-2'000'000'000}},
      {"u64", int64_t{1} << 62},
      {"i64", INT64_MIN},
      {"f32", 0.5},
      {"f64", 1e300},
      {"yes", true},
      {"texts", std::vector<std::string_view>{"a", "", "c\n"}},
      {"ints", std::vector<int64_t>{-1, 2}},
      {"bytes", std::vector<int64_t>{255}},
      {"floats", std::vector<double>{0.25, -2}},
      {"bools", std::vector<bool>{true, false}},
      {"none", std::vector<std::string_view>{}},
  };
  EXPECT_EQ(checkpoint.metadata(), expected);
  EXPECT_TRUE(checkpoint.tensors().empty());
  EXPECT_TRUE(checkpoint.config().is_null());
}

TEST(Gguf, TurnsDimensionsRoundAndReadsData) {
  for (const uint32_t version : {2u, 3u}) {
    GgufWriter w(version);
    w.set("general.alignment", uint32_t{64});
    w.add("b", Type::kF32, {2, 2}, as_bytes(kFour));
    w.add("a", Type::kF32, {1, 1, 4, 1}, as_bytes(kFour));
    w.add("q", Type::kQ8_0, {2, 32}, as_bytes(std::string(68, '\1')));
    const std::string bytes = w.bytes();
    const Checkpoint checkpoint = value_of(open_gguf_bytes(bytes));
    expect_guarantees(checkpoint);
    ASSERT_EQ(checkpoint.tensors().size(), 3u);
    EXPECT_EQ(checkpoint.tensors()[0].name, "a");
    EXPECT_EQ(checkpoint.tensors()[0].shape.text(), "[1, 1, 4, 1]");
    const Tensor* b = checkpoint.find("b");
    ASSERT_NE(b, nullptr);
    EXPECT_EQ(b->shape.text(), "[2, 2]");
    EXPECT_EQ(b->bytes.offset % 64, 0);
    EXPECT_EQ(value_of(checkpoint.read_floats(*b)), (std::vector<float>{1, 2, -3, 4.5f}));
    EXPECT_EQ(checkpoint.find("q")->type, Type::kQ8_0);
    EXPECT_EQ(checkpoint.find("q")->bytes.size, 68);
    EXPECT_EQ(checkpoint.find("c"), nullptr);
  }
}

TEST(Gguf, FindsTheChatTemplate) {
  GgufWriter w;
  w.set("tokenizer.chat_template", "{{ x }}");
  const std::string bytes = w.bytes();
  EXPECT_EQ(value_of(open_gguf_bytes(bytes)).chat_template(), "{{ x }}");
}

TEST(Gguf, RefusesOtherVersionsByName) {
  EXPECT_ERROR(open_gguf_bytes(GgufWriter(1).bytes()), "version 1");
  EXPECT_ERROR(open_gguf_bytes(GgufWriter(4).bytes()), "version 4");
  EXPECT_ERROR(open_gguf_bytes(GgufWriter(0).bytes()), "version 0");
  EXPECT_ERROR(open_gguf_bytes(GgufWriter(0x03000000).bytes()), "big-endian");
  EXPECT_ERROR(open_gguf_bytes("GGML and more bytes"), "not a GGUF file");
  EXPECT_ERROR(open_gguf_bytes(""), "ends inside its header");
}

TEST(Gguf, RefusesBadMetadata) {
  const auto with = [](auto... pairs) {
    GgufWriter w;
    (w.set(pairs.first, pairs.second), ...);
    return open_gguf_bytes(w.bytes());
  };
  EXPECT_ERROR(with(std::pair("a", 1), std::pair("a", 2)), "metadata a is there twice");
  EXPECT_ERROR(with(std::pair("a", uint64_t{1} << 63)), "in metadata a");
  for (const uint32_t alignment : {0u, 1u, 4u, 24u, 1u << 21}) {
    EXPECT_ERROR(with(std::pair("general.alignment", alignment)), "power of two");
  }
  EXPECT_ERROR(with(std::pair("general.alignment", "32")), "power of two");

  GgufWriter w;
  w.set("ab", true);
  std::string bytes = w.bytes();
  const size_t type_at = 24 + 8 + 2;
  const auto with_type = [&](char type, char value) {
    bytes[type_at] = type;
    bytes[type_at + 4] = value;
    return open_gguf_bytes(bytes);
  };
  EXPECT_ERROR(with_type(7, 2), "truth value is 2");
  EXPECT_ERROR(with_type(13, 0), "value type 13 is unknown");
  EXPECT_ERROR(with_type(9, 9), "Arrays of arrays");
  EXPECT_ERROR(with_type(9, 13), "value type 13 is unknown");
}

TEST(Gguf, RefusesBadTensors) {
  const auto with = [](auto type, std::vector<int64_t> shape) {
    GgufWriter w;
    w.add("bad\x1b[31m", type, shape, as_bytes(kFour));
    return open_gguf_bytes(w.bytes());
  };
  EXPECT_OK(with(Type::kF32, {4}));
  EXPECT_ERROR(with(99u, {4}), "tensor type 99 (unknown)");
  EXPECT_ERROR(with(1001u, {4}), "tensor type 1001 (unknown)");
  EXPECT_ERROR(with(4u, {4}), "tensor type 4 (Q4_2, removed");
  EXPECT_ERROR(with(31u, {4}), "Q4_0_4_4");
  EXPECT_ERROR(with(26u, {4}), "tensor type 26 (I32)");
  EXPECT_ERROR(with(Type::kF32, {}), "number of dimensions is 0");
  EXPECT_ERROR(with(Type::kF32, {1, 1, 1, 1, 4}), "number of dimensions is 5");
  EXPECT_ERROR(with(Type::kF32, {4, 0}), "size 0");
  EXPECT_ERROR(with(Type::kF32, {-1}), "size 18446744073709551615");
  EXPECT_ERROR(with(Type::kF32, {5}), "may be incomplete");
  EXPECT_ERROR(with(Type::kQ8_0, {4}), "blocks of 32");
  EXPECT_ERROR(with(Type::kF32, {INT64_MAX, INT64_MAX}), "64 bits");
  EXPECT_ERROR(with(Type::kF32, {INT64_MAX}), "A row has");
  EXPECT_ERROR(with(Type::kF32, {int64_t{1} << 31, int64_t{1} << 31}), "64 bits");
  EXPECT_ERROR(with(Type::kF32, {int64_t{1} << 60}), "may be incomplete");
  EXPECT_ERROR(with(Type::kF32, {5}), "in tensor bad?[31m\n");
  EXPECT_ERROR(with(Type::kF32, {5}), "in file test/model.gguf");
}

TEST(Gguf, RefusesBadPlaces) {
  GgufWriter w;
  w.add("x", Type::kF32, {4}, as_bytes(kFour));
  w.add("y", Type::kF32, {4}, as_bytes(kFour));
  const std::string good = w.bytes();
  const size_t offset_at = w.header().size() - 8;
  const auto with_offset = [&](uint64_t offset) {
    std::string bytes = good;
    std::memcpy(&bytes[offset_at], &offset, sizeof(offset));
    return open_gguf_bytes(bytes);
  };
  EXPECT_OK(with_offset(0));
  EXPECT_ERROR(with_offset(31), "not a multiple of the alignment 32");
  EXPECT_ERROR(with_offset(64), "may be incomplete");
  EXPECT_ERROR(with_offset(uint64_t{1} << 63), "beyond the end");
  EXPECT_ERROR(with_offset(~uint64_t{0}), "beyond the end");
  w.add("x", Type::kF32, {4}, as_bytes(kFour));
  EXPECT_ERROR(open_gguf_bytes(w.bytes()), "tensor x is there twice");
}

/// Sparse files: they promise much and cost nothing.
TEST(Gguf, HugeHeadersAreRefusedEarly) {
  const TempDir dir;
  const auto with_size = [&](const GgufWriter& w, size_t count_at, uint64_t count) {
    std::string header = w.header() + std::string(64, '\0');
    std::memcpy(&header[count_at], &count, sizeof(count));
    const std::string path = dir.write("huge.gguf", header);
    std::filesystem::resize_file(path, uintmax_t{1} << 40);
    return Checkpoint::open(path);
  };
  const GgufWriter empty;
  EXPECT_ERROR(with_size(empty, 8, ~uint64_t{0}), "promises 18446744073709551615 tensors");
  EXPECT_ERROR(with_size(empty, 16, uint64_t{1} << 40), "metadata values");
  EXPECT_ERROR(with_size(empty, 16, uint64_t{1} << 30), "is there twice");
  GgufWriter text;
  text.set("a", "");
  EXPECT_ERROR(with_size(text, text.header().size() - 8, uint64_t{65} << 20), "larger than 64.0 MiB");
  GgufWriter array;
  array.set("a", std::vector<uint8_t>{});
  EXPECT_ERROR(with_size(array, array.header().size() - 8, uint64_t{60} << 20), "willing to hold");
  EXPECT_ERROR(with_size(array, array.header().size() - 8, uint64_t{1} << 41), "array elements");
}

}  // namespace
}  // namespace tug
