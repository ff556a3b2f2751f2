// safetensors files say what was written into them; each broken rule of the format has its own message.
#include <filesystem>

#include "models.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

const std::string kFour = floats_as_bytes({1, 2, -3, 4.5f});

Result<Checkpoint> open_header(const std::string& json, size_t data_bytes) {
  return open_safetensors_bytes(SafetensorsWriter::wrap(json) + std::string(data_bytes, '\0'));
}

TEST(Safetensors, ReadsTheFloatTypes) {
  SafetensorsWriter w;
  w.add("z", Type::kF32, {2, 2}, as_bytes(kFour));
  w.add("f16", Type::kF16, {2}, as_bytes(std::string("\x00\x3c\x00\xc0", 4)));
  w.add("bf16", Type::kBF16, {1, 2}, as_bytes(std::string("\x80\x3f\x00\xc0", 4)));
  w.add("f8", Type::kF8_E4M3, {2, 1, 1}, as_bytes(std::string("\x38\xc0", 2)));
  w.add("scalar", Type::kF32, {}, as_bytes(floats_as_bytes({7})));
  w.add("empty", Type::kF32, {3, 0}, {});
  const std::string bytes = w.bytes();
  const Checkpoint checkpoint = value_of(open_safetensors_bytes(bytes));
  expect_guarantees(checkpoint);
  const auto floats = [&](const char* name) {
    return value_of(checkpoint.read_floats(*checkpoint.find(name)));
  };
  EXPECT_EQ(floats("z"), (std::vector<float>{1, 2, -3, 4.5f}));
  EXPECT_EQ(floats("f16"), (std::vector<float>{1, -2}));
  EXPECT_EQ(floats("bf16"), (std::vector<float>{1, -2}));
  EXPECT_EQ(floats("f8"), (std::vector<float>{1, -2}));
  EXPECT_EQ(floats("scalar"), std::vector<float>{7});
  EXPECT_EQ(floats("empty"), std::vector<float>{});
  EXPECT_EQ(checkpoint.find("bf16")->shape.text(), "[1, 2]");
  EXPECT_EQ(checkpoint.find("scalar")->shape.text(), "[]");
}

TEST(Safetensors, KeepsTheNamesOfTypesItCannotRead) {
  SafetensorsWriter w;
  w.add("ids", "I64", {1}, as_bytes(std::string(8, '\1')));
  w.add("x", Type::kF32, {4}, as_bytes(kFour));
  w.add("f8", "F8_E5M2", {3}, as_bytes("abc"));
  const std::string bytes = w.bytes();
  const Checkpoint checkpoint = value_of(open_safetensors_bytes(bytes));
  EXPECT_EQ(checkpoint.tensors().size(), 1u);
  EXPECT_EQ(checkpoint.find("ids"), nullptr);
  EXPECT_EQ(checkpoint.unreadable_dtype("ids"), "I64");
  EXPECT_EQ(checkpoint.unreadable_dtype("f8"), "F8_E5M2");
  EXPECT_EQ(checkpoint.unreadable_dtype("x"), "");
}

TEST(Safetensors, SkipsItsMetadata) {
  const Checkpoint checkpoint = value_of(open_header(
      R"({"__metadata__":{"a":"\u00e9"},"x":{"shape":[1],"data_offsets":[0,4],"dtype":"F32"}}   )", 4));
  EXPECT_EQ(checkpoint.tensors().size(), 1u);
  EXPECT_EQ(value_of(open_header("{}", 0)).tensors().size(), 0u);
}

TEST(Safetensors, RefusesBadSizes) {
  EXPECT_ERROR(open_safetensors_bytes(""), "8 bytes at offset 0 are needed");
  EXPECT_ERROR(open_safetensors_bytes("1234567"), "8 bytes at offset 0 are needed");
  EXPECT_ERROR(open_safetensors_bytes(std::string(8, '\xff')), "should have 18446744073709551615 bytes");
  EXPECT_ERROR(open_safetensors_bytes(std::string("\x01\0\0\0\0\0\0\0", 8)), "should have 1 bytes");
  EXPECT_ERROR(open_header("", 0), "not valid JSON");
  EXPECT_ERROR(open_header("{} x", 0), "not valid JSON");
  const TempDir dir;
  dir.write("config.json", "{}");
  const uint64_t size = uint64_t{65} << 20;
  std::filesystem::resize_file(
      dir.write("model.safetensors", std::string_view(reinterpret_cast<const char*>(&size), sizeof(size))),
      uintmax_t{1} << 40);
  EXPECT_ERROR(Checkpoint::open(dir.path()), "larger than 64.0 MiB");
}

TEST(Safetensors, RefusesOtherJson) {
  for (const char* json :
       {"[]", "1", "\"x\"", "null", R"({"x":1})", R"({"x":[]})", R"({"x":"F32"})", R"({"x":null})",
        R"({"__metadata__":1})", R"({"x":{"dtype":1,"shape":[1],"data_offsets":[0,4]}})",
        R"({"x":{"dtype":["F32"],"shape":[1],"data_offsets":[0,4]}})",
        R"({"x":{"dtype":"F32","shape":1,"data_offsets":[0,4]}})",
        R"({"x":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})",
        R"({"x":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})",
        R"({"x":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})",
        R"({"x":{"dtype":"F32","shape":{},"data_offsets":[0,4]}})",
        R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}})"}) {
    EXPECT_ERROR(open_header(json, 4), "does not describe tensors");
  }
}

TEST(Safetensors, RefusesBadTensors) {
  const auto with = [](const std::string& fields, size_t data_bytes = 4) {
    return open_header(R"({"x":{)" + fields + "}}", data_bytes);
  };
  EXPECT_OK(with(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"));
  EXPECT_ERROR(with(R"("dtype":"F32","shape":[1])"), "A tensor needs");
  EXPECT_ERROR(with(R"("dtype":"F32","shape":[1],"data_offsets":[0])"), "A tensor needs");
  EXPECT_ERROR(with(R"("shape":[1],"data_offsets":[0,4])"), "A tensor needs");
  EXPECT_ERROR(with(R"("dtype":"F32","kind":1,"shape":[1],"data_offsets":[0,4])"), "unknown field \"kind\"");
  EXPECT_ERROR(with(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"),
               "F32 [2] takes 8 bytes, but the data offsets hold 4");
  EXPECT_ERROR(with(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), "negative");
  EXPECT_ERROR(with(R"("dtype":"F32","shape":[1],"data_offsets":[-4,0])"), "negative");
  EXPECT_ERROR(with(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"), "do not lie in the 4 bytes");
  EXPECT_ERROR(with(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"), "may be incomplete");
  EXPECT_ERROR(with(R"("dtype":"I64","shape":[2],"data_offsets":[0,8])"), "may be incomplete");
  EXPECT_ERROR(with(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])", 8), "leave a hole at data offset 4");
  EXPECT_ERROR(with(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])", 8),
               "but the file has 8 bytes of data");
  EXPECT_ERROR(with(R"("dtype":"F32","shape":[1,1,1,1,1,1,1],"data_offsets":[0,4])"),
               "more than 6 dimensions");
  EXPECT_ERROR(with(R"("dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4])"), "64 bits");
  EXPECT_ERROR(with(R"("dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4])"), "64 bits");
  EXPECT_ERROR(open_header("{\"" + std::string(5000, 'n') + "\":{}}", 0), "longer than 4 KiB");
}

TEST(Safetensors, RefusesOverlapsAndTwins) {
  const std::string x = R"("x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  const std::string x2 = R"("x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]})";
  const std::string unreadable = R"("x":{"dtype":"I32","shape":[1],"data_offsets":[4,8]})";
  EXPECT_ERROR(open_header("{" + x + ",\"y\"" + x.substr(3) + "}", 4), "overlap");
  EXPECT_ERROR(open_header("{" + x + "," + x2 + "}", 8), "leave a hole");
  EXPECT_ERROR(open_header("{" + x + "," + unreadable + "}", 8), "leave a hole");
}

/// As in Python; the bounds hold for what counts.
TEST(Safetensors, OfEqualKeysTheLastCounts) {
  const std::string good = R"("x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  const std::string wide = R"("x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  const std::string other = R"("x":{"dtype":"I32","shape":[1],"data_offsets":[0,4]})";
  EXPECT_OK(open_header("{" + wide + "," + good + "}", 4));
  const std::string escaped = R"("\u0078":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  EXPECT_OK(open_header("{" + wide + "," + escaped + "}", 4));
  EXPECT_EQ(value_of(open_header("{" + other + "," + good + "}", 4)).tensors().size(), 1u);
  EXPECT_EQ(value_of(open_header("{" + good + "," + other + "}", 4)).unreadable_dtype("x"), "I32");
  EXPECT_ERROR(open_header("{" + good + "," + wide + "}", 4), "may be incomplete");
  const std::string twice = R"({"x":{"shape":[9],"dtype":"F16","data_offsets":[0,4,4],"shape":[1],)"
                            R"("dtype":"F32","data_offsets":[0,4]}})";
  EXPECT_ERROR(open_header(twice, 4), "does not describe tensors");
  const std::string fields = R"({"x":{"shape":[9,9],"dtype":"F16","data_offsets":[4],"shape":[1],)"
                             R"("dtype":"F32","data_offsets":[0,4]}})";
  EXPECT_EQ(value_of(open_header(fields, 4)).find("x")->shape.text(), "[1]");
  EXPECT_OK(open_header("\xef\xbb\xbf{" + good + "}", 4));
}

}  // namespace
}  // namespace tug
