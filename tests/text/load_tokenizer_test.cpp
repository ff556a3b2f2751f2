// The tokenizer of a GGUF file: what its architecture implies, and keys that hold something else.
#include "text/load_tokenizer.h"

#include "support/expect.h"
#include "support/gguf_writer.h"
#include "text/tiny.h"

namespace tug {
namespace {

GgufWriter gguf_of(const Tiny& model, const char* architecture) {
  GgufWriter writer;
  writer.set("general.architecture", architecture);
  writer.set("tokenizer.ggml.model", model.model);
  if (!model.pre.empty()) writer.set("tokenizer.ggml.pre", model.pre);
  writer.set("tokenizer.ggml.tokens", model.tokens);
  writer.set("tokenizer.ggml.token_type", model.types);
  writer.set("tokenizer.ggml.merges", model.merges);
  return writer;
}

Result<Tokenizer> load(const GgufWriter& writer) {
  const std::string bytes = writer.bytes();
  return load_tokenizer(value_of(Checkpoint::from_memory("test", {{"model.gguf", as_bytes(bytes)}})));
}

/// Combining marks tell the two of them apart.
TEST(LoadTokenizer, WithoutAPreTokenizerTheArchitecturesOwn) {
  Tiny model = tiny();
  model.tokens.push_back("x" + spell(0xCC));
  model.types.push_back(1);
  model.merges.push_back("x " + spell(0xCC));
  const std::string text = "x\u0301y";
  const auto encode = [&](const char* pre, const char* architecture) {
    model.pre = pre;
    return value_of(
        value_of(load(gguf_of(model, architecture))).encode(text, Tokenizer::Controls::kRecognise));
  };
  ASSERT_NE(encode("qwen2", "qwen3"), encode("qwen35", "qwen3"));
  for (const char* architecture : {"qwen2", "qwen2moe", "qwen3", "qwen3moe", "qwen3next"})
    EXPECT_EQ(encode("", architecture), encode("qwen2", architecture)) << architecture;
  for (const char* architecture : {"qwen35", "qwen35moe"})
    EXPECT_EQ(encode("", architecture), encode("qwen35", architecture)) << architecture;
  EXPECT_FALSE(load(gguf_of(model, "llama")).ok());
}

TEST(LoadTokenizer, KeysOfTheWrongKindAreNamed) {
  const auto refused = [](const char* key, auto value) {
    Tiny model = tiny();
    GgufWriter writer;
    writer.set(key, value);
    const Result<Tokenizer> tokenizer = load(writer);
    ASSERT_FALSE(tokenizer.ok()) << key;
    EXPECT_NE(tokenizer.error().message().find(key), std::string::npos) << tokenizer.error().message();
  };
  refused("tokenizer.ggml.tokens", 3);
  refused("tokenizer.ggml.tokens", std::vector<uint64_t>{~uint64_t{0}});
  refused("tokenizer.ggml.token_type", std::vector<uint64_t>{~uint64_t{0}});
  refused("tokenizer.ggml.token_type", std::vector<int64_t>{int64_t{1} << 40});
  refused("tokenizer.ggml.merges", "a b");
  refused("tokenizer.ggml.pre", 0.5f);
  refused("tokenizer.ggml.model", true);
}

}  // namespace
}  // namespace tug
