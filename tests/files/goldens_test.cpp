// Every golden checkpoint opens, in both formats, with the same weights.
#include <algorithm>
#include <set>

#include "files/checkpoint.h"
#include "support/expect.h"

namespace tug {
namespace {

const std::string kGoldens = TUG_SHARED_DIR "/goldens";

struct Case {
  const char* name;
  const char* model_type;
  const char* embeddings;  // the tensor's name in safetensors
  size_t safetensors_count;
  size_t gguf_count;  // 0: there is no GGUF file
};

constexpr Case kCases[] = {
    {"qwen2", "qwen2", "model.embed_tokens.weight", 27, 27},
    {"qwen2_moe", "qwen2_moe", "model.embed_tokens.weight", 155, 71},
    {"qwen2_moe_mixed", "qwen2_moe", "model.embed_tokens.weight", 129, 0},
    {"qwen3", "qwen3", "model.embed_tokens.weight", 24, 24},
    {"qwen3_5", "qwen3_5_text", "model.embed_tokens.weight", 71, 71},
    {"qwen3_5_moe", "qwen3_5_moe", "model.language_model.embed_tokens.weight", 112, 96},
    {"qwen3_5_moe_text", "qwen3_5_moe_text", "model.embed_tokens.weight", 160, 169},
    {"qwen3_5_moe_text_fp8", "qwen3_5_moe_text", "model.embed_tokens.weight", 321, 0},
    {"qwen3_moe", "qwen3_moe", "model.embed_tokens.weight", 135, 51},
    {"qwen3_moe_fp8", "qwen3_moe", "model.embed_tokens.weight", 125, 0},
    {"qwen3_moe_yarn", "qwen3_moe", "model.embed_tokens.weight", 134, 50},
    {"qwen3_next", "qwen3_next", "model.embed_tokens.weight", 195, 93},
};

class Goldens : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!is_directory(kGoldens)) GTEST_SKIP() << "there is no folder " << kGoldens;
  }
  static std::string path() { return kGoldens + "/" + GetParam().name; }
};

std::vector<float> floats(const Checkpoint& checkpoint, const char* name) {
  const Tensor* tensor = checkpoint.find(name);
  return tensor == nullptr ? std::vector<float>() : value_of(checkpoint.read_floats(*tensor));
}

TEST_P(Goldens, HuggingFaceDirectory) {
  const Checkpoint checkpoint = value_of(Checkpoint::open(path()));
  EXPECT_EQ(checkpoint.name(), GetParam().name);
  EXPECT_EQ(checkpoint.format(), CheckpointFormat::kHuggingFace);
  EXPECT_EQ(checkpoint.tensors().size(), GetParam().safetensors_count);
  EXPECT_EQ(checkpoint.config().find("model_type")->as_string(), GetParam().model_type);
  EXPECT_TRUE(checkpoint.generation_config().is_object());
  EXPECT_TRUE(checkpoint.tokenizer_config().is_object());
  EXPECT_EQ(value_of(checkpoint.tokenizer_json()).front(), '{');
  EXPECT_NE(value_of(checkpoint.chat_templates()).at("default").find("<|im_start|>"), std::string::npos);
  for (const Tensor& tensor : checkpoint.tensors()) {
    std::vector<std::byte> bytes(static_cast<size_t>(tensor.bytes.size));
    EXPECT_OK(checkpoint.read(tensor.bytes, bytes));
    EXPECT_EQ(checkpoint.find(tensor.name), &tensor);
  }
}

class GgufGoldens : public Goldens {};

TEST_P(GgufGoldens, HoldsTheSameWeights) {
  const Checkpoint gguf = value_of(Checkpoint::open(path() + "/model.gguf"));
  EXPECT_EQ(gguf.name(), "model");
  EXPECT_EQ(gguf.format(), CheckpointFormat::kGguf);
  EXPECT_EQ(gguf.tensors().size(), GetParam().gguf_count);
  EXPECT_NE(value_of(gguf.chat_templates()).at("default").find("<|im_start|>"), std::string::npos);
  EXPECT_EQ(std::get<std::vector<std::string_view>>(gguf.metadata().at("tokenizer.ggml.tokens")).size(),
            512u);
  EXPECT_EQ(value_of(gguf.tokenizer_json()), "");

  const Checkpoint original = value_of(Checkpoint::open(path()));
  const std::vector<float> embeddings = floats(original, GetParam().embeddings);
  EXPECT_EQ(embeddings.size() % 512, 0u);
  EXPECT_FALSE(embeddings.empty());
  EXPECT_EQ(floats(gguf, "token_embd.weight"), embeddings);
  EXPECT_EQ(gguf.find("token_embd.weight")->shape, original.find(GetParam().embeddings)->shape);
}

std::vector<Case> cases_with_gguf() {
  std::vector<Case> cases;
  std::copy_if(std::begin(kCases), std::end(kCases), std::back_inserter(cases),
               [](const Case& golden) { return golden.gguf_count > 0; });
  return cases;
}

std::string name_of(const testing::TestParamInfo<Case>& instance) { return instance.param.name; }
INSTANTIATE_TEST_SUITE_P(All, Goldens, testing::ValuesIn(kCases), name_of);
INSTANTIATE_TEST_SUITE_P(All, GgufGoldens, testing::ValuesIn(cases_with_gguf()), name_of);

TEST(GoldenZoo, HoldsEveryGgufType) {
  const std::string zoo = kGoldens + "/zoo";
  if (!is_directory(zoo)) GTEST_SKIP() << "there is no folder " << zoo;
  const Checkpoint checkpoint = value_of(Checkpoint::open(zoo + "/zoo.gguf"));
  std::set<Type> types;
  for (const Tensor& tensor : checkpoint.tensors()) types.insert(tensor.type);
  EXPECT_EQ(types.size(), all_types().size() - 1);  // all but F8_E4M3, which GGUF does not have

  const Result<Checkpoint> both = Checkpoint::open(zoo);
  ASSERT_FALSE(both.ok());
  EXPECT_NE(both.error().message().find("zoo.gguf, zoo_all.gguf"), std::string::npos)
      << both.error().message();
}

}  // namespace
}  // namespace tug
