// The Qwen2/Qwen3 vocabulary against public vectors, from tokenizer.json and from GGUF, and the time it
// takes.
#include <algorithm>
#include <ctime>

#include "text/load_tokenizer.h"
#include "text/suites.h"

namespace tug {
namespace {

using Controls = Tokenizer::Controls;
const std::string kFolder = TUG_SHARED_DIR "/suites/tokenizer/";

/// The tokenizer.json that belongs to vocab.json and merges.txt, with Qwen2's added tokens; empty without
/// them.
std::string qwen2_json(const char* normalizer) {
  const std::string vocab = read_if_there(kFolder + "qwen2/vocab.json");
  if (vocab.empty()) return {};
  Json merges = Json::array(), added = Json::array();
  std::istringstream lines(read_if_there(kFolder + "qwen2/merges.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) merges.push(line);
  }
  int id = 151643;
  for (const char* token : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}) {
    added.push(Json::object({{"id", id++},
                             {"content", token},
                             {"single_word", false},
                             {"lstrip", false},
                             {"rstrip", false},
                             {"normalized", false},
                             {"special", true}}));
  }
  const Json regex =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  return R"({"added_tokens":)" + added.dump() + R"(,"normalizer":)" + normalizer +
         R"(,"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":)" +
         regex.dump() +
         R"(},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,)"
         R"("use_regex":false}]},"decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,)"
         R"("use_regex":false},"model":{"type":"BPE","vocab":)" +
         vocab + R"(,"merges":)" + merges.dump() + "}}";
}

constexpr const char* kNfc = R"({"type":"NFC"})";

bool there(const std::string& name) { return std::ifstream(kFolder + name).good(); }

Tokenizer gguf_tokenizer(const std::string& name) {
  return value_of(load_tokenizer(value_of(Checkpoint::open(kFolder + name))));
}

/// The vectors do without NFC; texts that are not NFC are for tokenizers without a normalizer.
int expect_vectors(const Tokenizer& tokenizer, bool normalizes) {
  int checked = 0;
  for (const Json& vector : read_json_lines(kFolder + "qwen2/vectors_qwen2.jsonl")) {
    const std::string& text = vector.find("text")->as_string();
    const std::vector<int32_t> ids = ids_of(*vector.find("ids"));
    EXPECT_EQ(tokenizer.decode(ids, true), text);
    if (normalizes && !vector.find("nfc")->as_bool()) continue;
    EXPECT_EQ(value_of(tokenizer.encode(text, Controls::kRecognise)), ids) << text;
    ++checked;
  }
  return checked;
}

/// Processor seconds that `work` takes, the best of three: the machine may be busy with other things.
template <class Work>
double best_seconds(const Work& work) {
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const std::clock_t start = std::clock();
    work();
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

TEST(TokenizerSuite, Qwen2Json) {
  if (!there("qwen2/vocab.json")) GTEST_SKIP() << "no public vocabulary here";
  EXPECT_EQ(expect_vectors(value_of(Tokenizer::from_json(qwen2_json(kNfc))), true), 1088);
  const Tokenizer plain = value_of(Tokenizer::from_json(qwen2_json("null")));
  EXPECT_EQ(expect_vectors(plain, false), 1140);
  EXPECT_EQ(plain.size(), 151646);
}

TEST(TokenizerSuite, Qwen2Gguf) {
  if (!there("qwen2/ggml-vocab-qwen2.rebuilt.gguf")) GTEST_SKIP() << "no public vocabulary here";
  const Tokenizer tokenizer = gguf_tokenizer("qwen2/ggml-vocab-qwen2.rebuilt.gguf");
  EXPECT_EQ(expect_vectors(tokenizer, true), 1088);
  EXPECT_EQ(tokenizer.size(), 151646);
}

TEST(TokenizerSuite, LlamaCppVectors) {
  if (!there("ggml-vocab-qwen2.gguf.inp") || !there("qwen2/vocab.json"))
    GTEST_SKIP() << "no public vectors here";
  const Tokenizer tokenizer = value_of(Tokenizer::from_json(qwen2_json("null")));
  const std::string input = read_if_there(kFolder + "ggml-vocab-qwen2.gguf.inp"),
                    separator = "\n__ggml_vocab_test__\n";
  std::istringstream lines(read_if_there(kFolder + "ggml-vocab-qwen2.gguf.out"));
  int checked = 0;
  for (size_t at = 0; at < input.size(); ++checked) {
    const size_t end = std::min(input.find(separator, at), input.size());
    const std::string text = input.substr(at, end - at);
    std::string line;
    std::getline(lines, line);
    std::istringstream numbers(line);
    std::vector<int32_t> ids;
    for (int32_t id; numbers >> id;) ids.push_back(id);
    EXPECT_EQ(value_of(tokenizer.encode(text, Controls::kRecognise)), ids) << text;
    at = end + separator.size();
  }
  EXPECT_EQ(checked, 46);
}

TEST(TokenizerSuite, SpecialTokens) {
  if (!there("qwen2/ggml-vocab-qwen3.rebuilt.gguf")) GTEST_SKIP() << "no public vocabulary here";
  const Tokenizer tokenizer = gguf_tokenizer("qwen2/ggml-vocab-qwen3.rebuilt.gguf");
  EXPECT_EQ(tokenizer.size(), 151669);
  const std::vector<Json> vectors = read_json_lines(kFolder + "qwen2/vectors_special_qwen3.jsonl");
  EXPECT_EQ(vectors.size(), 10u);
  for (const Json& vector : vectors) {
    const std::string& text = vector.find("text")->as_string();
    const std::vector<int32_t> ids = ids_of(*vector.find("ids_parse_special_true"));
    EXPECT_EQ(value_of(tokenizer.encode(text, Controls::kRecognise)), ids) << text;
    EXPECT_EQ(tokenizer.decode(ids, true), text);
    // As text, the ids still say the same, and none is an added token.
    const std::vector<int32_t> plain = value_of(tokenizer.encode(text, Controls::kAsText));
    EXPECT_EQ(tokenizer.decode(plain, true), text);
    for (const int32_t id : plain) EXPECT_LT(id, 151643);
  }
}

TEST(TokenizerSuite, StreamingDetokeniser) {
  if (!there("qwen2/ggml-vocab-qwen2.rebuilt.gguf")) GTEST_SKIP() << "no public vocabulary here";
  const Tokenizer tokenizer = gguf_tokenizer("qwen2/ggml-vocab-qwen2.rebuilt.gguf");
  const std::vector<Json> vectors = read_json_lines(kFolder + "qwen2/vectors_stream_detok.jsonl");
  EXPECT_EQ(vectors.size(), 250u);
  for (const Json& vector : vectors) {
    const std::vector<int32_t> ids = ids_of(*vector.find("ids"));
    const std::vector<int32_t> shown = ids_of(*vector.find("emittable_bytes_after_each_token"));
    Detokenizer stream(tokenizer);
    std::string text;
    for (size_t i = 0; i < ids.size(); ++i) {
      text += stream.push(ids[i]);
      EXPECT_EQ(text.size(), static_cast<size_t>(shown[i]));
    }
    EXPECT_EQ(text + stream.finish(), vector.find("text")->as_string());
  }
}

TEST(TokenizerSuite, ReadyInTime) {
  if (!there("qwen2/vocab.json")) GTEST_SKIP() << "no public vocabulary here";
  const std::string json = qwen2_json(kNfc);
  const double from_json = best_seconds([&] { EXPECT_OK(Tokenizer::from_json(json)); });
  const double from_gguf = best_seconds([&] { gguf_tokenizer("qwen2/ggml-vocab-qwen2.rebuilt.gguf"); });
  std::cout << "151,646 tokens are ready in " << from_json << " s (JSON), " << from_gguf << " s (GGUF)\n";
#ifndef __SANITIZE_ADDRESS__
  EXPECT_LT(from_json, 0.5);
  EXPECT_LT(from_gguf, 0.5);
#endif
}

}  // namespace
}  // namespace tug
