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
  w.set("tokenizer.chat_template.tool_use", "{{ t }}");
  w.set("tokenizer.chat_template2", "no template");
  const std::string bytes = w.bytes();
  EXPECT_EQ(value_of(value_of(open_gguf_bytes(bytes)).chat_templates()),
            (ChatTemplates{{"default", "{{ x }}"}, {"tool_use", "{{ t }}"}}));
  for (const char* key : {"tokenizer.chat_template", "tokenizer.chat_template.rag"}) {
    GgufWriter wrong;
    wrong.set(key, uint32_t{5});
    const std::string bad = wrong.bytes();
    const auto templates = value_of(open_gguf_bytes(bad)).chat_templates();
    EXPECT_EQ(templates.error().message(), "The key " + std::string(key) + " is not a text.");
  }
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
  for (const uint32_t alignment : {0u, 1u, 4u, 24u, 1u << 21}) {
    EXPECT_ERROR(with(std::pair("general.alignment", alignment)), "power of two");
  }
  EXPECT_ERROR(with(std::pair("general.alignment", -32)), "power of two");
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
  EXPECT_ERROR(with_type(13, 0), "value type 13 is unknown");
  EXPECT_ERROR(with_type(9, 13), "value type 13 is unknown");
}

/// Keys that nobody reads may hold anything that the format can spell.
TEST(Gguf, UnknownMetadataNeverRefusesAFile) {
  constexpr uint64_t kHuge = uint64_t{1} << 63;
  GgufWriter w;
  w.set("a", kHuge);
  w.set("b", ~uint64_t{0});
  w.set("c", std::vector<uint64_t>{1, kHuge, 2});
  w.set("d", std::numeric_limits<double>::quiet_NaN());
  w.set("e", std::vector<float>{-std::numeric_limits<float>::infinity()});
  w.set("f", "\xff\x1b broken");
  w.set_raw("g", 7, std::string("\2", 1));  // a truth value of 2
  const auto array = [](uint32_t type, uint64_t count, const std::string& values) {
    std::string text(12, '\0');
    std::memcpy(&text[0], &type, 4), std::memcpy(&text[4], &count, 8);
    return text + values;
  };
  const std::string numbers = array(10, 2, std::string(16, '\xff')),
                    texts = array(8, 1, std::string(8, '\0'));
  w.set_raw("h", 9, array(9, 3, numbers + texts + array(9, 1, array(7, 2, "\1\7"))));
  w.set_raw("i", 9, array(7, 2, "\1\2"));
  w.add("x", Type::kF32, {4}, as_bytes(kFour));
  const std::string bytes = w.bytes();
  const Checkpoint checkpoint = value_of(open_gguf_bytes(bytes));
  const GgufMetadata& metadata = checkpoint.metadata();
  EXPECT_EQ(metadata.at("a"), GgufValue(9223372036854775808.0));
  EXPECT_EQ(metadata.at("c"), GgufValue(std::vector<double>{1, 9223372036854775808.0, 2}));
  EXPECT_EQ(metadata.at("g"), GgufValue(int64_t{2}));
  EXPECT_EQ(metadata.at("h"), GgufValue());
  EXPECT_EQ(metadata.at("i"), GgufValue(std::vector<int64_t>{1, 2}));
  EXPECT_EQ(value_of(checkpoint.read_floats(*checkpoint.find("x")))[3], 4.5f);

  std::string deep = array(0, 0, "");
  for (int i = 0; i < 1000; ++i) deep = array(9, 1, deep);
  GgufWriter hostile;
  hostile.set_raw("deep", 9, deep);
  EXPECT_ERROR(open_gguf_bytes(hostile.bytes()), "nested too deeply");
  for (const std::string& cut :
       {array(9, uint64_t{1} << 60, ""), array(9, 1, array(8, uint64_t{1} << 61, "")),
        array(9, 1, array(10, uint64_t{1} << 61, "")), array(9, 1, array(13, 1, ""))}) {
    GgufWriter lying;
    lying.set_raw("lie", 9, cut);
    EXPECT_FALSE(open_gguf_bytes(lying.bytes()).ok());
  }
}

TEST(Gguf, KnownKeysAreChecked) {
  const auto with = [](const char* key, auto value) {
    GgufWriter w;
    w.set(key, value);
    return open_gguf_bytes(w.bytes());
  };
  EXPECT_ERROR(with("split.count", uint64_t{1} << 63), "split.count must be a whole number");
  EXPECT_ERROR(with("split.count", "two"),
               "split.count must be a whole number from 0 to 99,999; it is \"two\"");
  EXPECT_ERROR(with("split.no", -1), "split.no must be");
  EXPECT_ERROR(with("split.no", 0.5), "split.no must be");
  EXPECT_OK(with("split.count", 0));  // llama-quantize leaves it in whole files
}

TEST(Gguf, FilesThatStandBesideModelsAreRefusedByName) {
  const auto with = [](const char* key, const char* value) {
    GgufWriter w;
    w.set(key, value);
    return open_gguf_bytes(w.bytes());
  };
  EXPECT_ERROR(with("general.architecture", "clip"), "mmproj");
  EXPECT_ERROR(with("general.type", "mmproj"), "give the model's own GGUF file");
  EXPECT_ERROR(with("general.type", "adapter"), "a LoRA adapter");
  EXPECT_ERROR(with("general.type", "imatrix"), "importance matrix");
  EXPECT_OK(with("general.type", "model"));
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
  EXPECT_ERROR(with(144u, {4}), "tensor type 144 (IQ4_KS) exists in ik_llama.cpp only");
  EXPECT_ERROR(with(337u, {4}), "(IQ2_K_R4) exists in ik_llama.cpp only");
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
