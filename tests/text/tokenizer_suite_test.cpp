// The Qwen2/Qwen3 vocabulary against public vectors, from tokenizer.json and from GGUF, and the time it takes.
#include <chrono>

#include "text/load_tokenizer.h"
#include "text/suites.h"

namespace tug {
namespace {

using Controls = Tokenizer::Controls;
const std::string kFolder = TUG_SHARED_DIR "/suites/tokenizer/";

constexpr const char* kQwen2Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// The tokenizer.json that belongs to vocab.json and merges.txt; empty when they are not there.
std::string qwen2_json() {
  const std::string vocab = read_if_there(kFolder + "qwen2/vocab.json");
  if (vocab.empty()) return {};
  Json merges = Json::array();
  std::istringstream lines(read_if_there(kFolder + "qwen2/merges.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) merges.push(line);
  }
  return R"({"added_tokens":[)"
         R"({"id":151643,"content":"<|endoftext|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},)"
         R"({"id":151644,"content":"<|im_start|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},)"
         R"({"id":151645,"content":"<|im_end|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],)"
         R"("normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":)" +
         Json(kQwen2Regex).dump() +
         R"(},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false}]},)"
         R"("decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false},)"
         R"("model":{"type":"BPE","vocab":)" +
         vocab + R"(,"merges":)" + merges.dump() + "}}";
}

Tokenizer gguf_tokenizer(const std::string& name) {
  return value_of(load_tokenizer(value_of(Checkpoint::open(kFolder + name))));
}

void expect_vectors(const Tokenizer& tokenizer) {
  const std::vector<Json> vectors = read_json_lines(kFolder + "qwen2/vectors_qwen2.jsonl");
  EXPECT_EQ(vectors.size(), 1140u);
  for (const Json& vector : vectors) {
    const std::string& text = vector.find("text")->as_string();
    const std::vector<int32_t> ids = ids_of(*vector.find("ids"));
    EXPECT_EQ(value_of(tokenizer.encode(text, Controls::kRecognise)), ids) << text;
    if (vector.find("nfc")->as_bool()) {
      EXPECT_EQ(tokenizer.decode(ids, true), text);
    }
  }
}

TEST(TokenizerSuite, Qwen2JsonMatchesVectorsAndIsQuick) {
  const std::string json = qwen2_json();
  if (json.empty()) GTEST_SKIP() << "no public vocabulary here";
  const auto start = std::chrono::steady_clock::now();
  const Tokenizer tokenizer = value_of(Tokenizer::from_json(json));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  RecordProperty("seconds", std::to_string(seconds.count()));
  EXPECT_LT(seconds.count(), 2.0);  // 0.2 on a quiet machine
  EXPECT_EQ(tokenizer.size(), 151646);
  std::cout << "json ready in " << seconds.count() << " s\n";
  expect_vectors(tokenizer);
}

TEST(TokenizerSuite, Qwen2GgufMatchesVectorsAndIsQuick) {
  if (read_if_there(kFolder + "qwen2/ggml-vocab-qwen2.rebuilt.gguf").empty()) GTEST_SKIP();
  const auto start = std::chrono::steady_clock::now();
  const Tokenizer tokenizer = gguf_tokenizer("qwen2/ggml-vocab-qwen2.rebuilt.gguf");
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << "gguf ready in " << seconds.count() << " s\n";
  EXPECT_LT(seconds.count(), 2.0);
  expect_vectors(tokenizer);
}

}  // namespace
}  // namespace tug
