// Tokenizers: JSON and GGUF agree, text survives the round trip, hostile files are refused.
#include "text/tokenizer.h"

#include "support/expect.h"
#include "text/tiny.h"
#include "text/utf8.h"

namespace tug {
namespace {

using Controls = Tokenizer::Controls;
using Ids = std::vector<int32_t>;

Tokenizer tiny_tokenizer() { return value_of(Tokenizer::from_vocabulary(tiny().vocabulary())); }

Ids encode(const Tokenizer& tokenizer, std::string_view text, Controls controls = Controls::kRecognise) {
  return value_of(tokenizer.encode(text, controls));
}

TEST(Tokenizer, EncodesByMerges) {
  const Tokenizer tokenizer = tiny_tokenizer();
  EXPECT_EQ(encode(tokenizer, "hello"), (Ids{'h', 258, 'o'}));
  EXPECT_EQ(encode(tokenizer, " hello"), (Ids{256, 258, 'o'}));
  EXPECT_EQ(encode(tokenizer, ""), Ids{});
  EXPECT_EQ(encode(tokenizer, "e\u0301"), (Ids{0xC3, 0xA9}));  // NFC makes one character of it
  EXPECT_EQ(encode(tokenizer, "a\xFF"), (Ids{'a', 0xEF, 0xBF, 0xBD}));
  EXPECT_EQ(tokenizer.size(), 265);  // the unused ids at the end are no tokens
  EXPECT_EQ(tokenizer.id_of("<think>"), kThinkId);
  EXPECT_EQ(tokenizer.id_of("ell"), 258);
  EXPECT_EQ(tokenizer.id_of("[PAD265]"), std::nullopt);
  EXPECT_TRUE(tokenizer.is_special(kImEnd));
  EXPECT_FALSE(tokenizer.is_special(kThinkId));
  EXPECT_EQ(tokenizer.added_tokens(), (Ids{259, 260, 261, 262, 263, 264}));
}

TEST(Tokenizer, ControlsAreRecognisedOrText) {
  const Tokenizer tokenizer = tiny_tokenizer();
  EXPECT_EQ(encode(tokenizer, "a<|im_end|><think>"), (Ids{'a', kImEnd, kThinkId}));
  EXPECT_EQ(encode(tokenizer, "<think>", Controls::kAsText), (Ids{'<', 't', 'h', 'i', 'n', 'k', '>'}));
  const MarkedText marked = {"<\uFDD0think>hel\uFDD0lo<think>", "\uFDD0"};
  EXPECT_EQ(value_of(tokenizer.encode(marked)),
            (Ids{'<', 't', 'h', 'i', 'n', 'k', '>', 'h', 258, 'o', kThinkId}));
  EXPECT_EQ(marked.plain(), "<think>hello<think>");
}

TEST(Tokenizer, JsonIsTheSame) {
  const Tokenizer gguf = tiny_tokenizer();
  const Tokenizer json = value_of(Tokenizer::from_json(tiny().json().dump()));
  EXPECT_EQ(json.size(), gguf.size());
  EXPECT_EQ(json.added_tokens(), gguf.added_tokens());
  for (const char* text : {"hello hello", "x<|im_end|>y <tool_response>", "Ç e\u0301 \n\n  z 123",
                           "日本語 👩‍👩‍👧"}) {
    EXPECT_EQ(encode(json, text), encode(gguf, text)) << text;
  }
  for (int32_t id = 0; id < json.size(); ++id) {
    EXPECT_EQ(json.token_bytes(id), gguf.token_bytes(id));
    EXPECT_EQ(json.is_special(id), gguf.is_special(id));
  }
}

TEST(Tokenizer, PostProcessorsTruncationAndPaddingChangeNothing) {
  Json file = tiny().json();
  file.set(
      "truncation",
      Json::object({{"direction", "Right"}, {"max_length", 2}, {"strategy", "LongestFirst"}, {"stride", 0}}));
  file.set("padding", Json::object({{"strategy", Json::object({{"Fixed", 99}})},
                                    {"direction", "Left"},
                                    {"pad_to_multiple_of", 8},
                                    {"pad_id", 0},
                                    {"pad_type_id", 0},
                                    {"pad_token", "!"}}));
  file.set("post_processor", Json::object({{"type", "BertProcessing"},
                                           {"sep", Json::array({"a", 97})},
                                           {"cls", Json::array({"b", 98})}}));
  EXPECT_EQ(encode(value_of(Tokenizer::from_json(file.dump())), "hello"), (Ids{'h', 258, 'o'}));
}

TEST(Tokenizer, CombiningMarksAreLettersInQwen35) {
  Tiny model = tiny();
  model.tokens.push_back("x" + spell(0xCC));
  model.types.push_back(1);
  model.merges.push_back("x " + spell(0xCC));
  const std::string text = "x\u0301y";  // no precomposed form
  EXPECT_EQ(encode(value_of(Tokenizer::from_vocabulary(model.vocabulary())), text),
            (Ids{'x', 0xCC, 0x81, 'y'}));
  model.pre = "qwen35";
  EXPECT_EQ(encode(value_of(Tokenizer::from_vocabulary(model.vocabulary())), text), (Ids{267, 0x81, 'y'}));
}

TEST(Tokenizer, DecodeJoinsBytes) {
  const Tokenizer tokenizer = tiny_tokenizer();
  const Ids ids = {'h', 258, 'o', 0xC3, 0xA9, kImEnd, kThinkId};
  EXPECT_EQ(tokenizer.decode(ids, true), "helloé<|im_end|><think>");
  EXPECT_EQ(tokenizer.decode(ids, false), "helloé<think>");
  EXPECT_EQ(tokenizer.decode(Ids{-1, 265, 1 << 30, 'a'}, true), "a");
  EXPECT_EQ(tokenizer.decode(Ids{0xC3, 'a', 0xE6, 0x97}, true), "\uFFFDa\uFFFD");
  EXPECT_EQ(tokenizer.token_bytes(0xC3), "\xC3");
}

TEST(Detokenizer, NeverSplitsACharacterAndLosesNone) {
  const Tokenizer tokenizer = tiny_tokenizer();
  std::string all;
  for (int i = 0; i < 3000; ++i) all += static_cast<char>((i * 7919 + i / 5) % 256);  // mostly broken
  for (const std::string& bytes :
       {std::string("日本語 👩‍👩‍👧 é"), std::string("\xF0\x9F\x98"),
        std::string("\xE2\x28\xA1"), std::string("\xED\xA0\x80\xC0\x80\xF4\x90\x80\x80"), all}) {
    Ids ids;
    for (const char c : bytes) ids.push_back(static_cast<uint8_t>(c));
    Detokenizer stream(tokenizer);
    std::string text;
    for (const int32_t id : ids) {
      const std::string part = stream.push(id);
      EXPECT_EQ(to_utf8(part), part);  // valid by itself
      text += part;
    }
    text += stream.finish();
    EXPECT_EQ(text, tokenizer.decode(ids, true));
    EXPECT_EQ(text, to_utf8(bytes));
  }
  // One replacement for each maximal piece of a character, as in Python.
  EXPECT_EQ(to_utf8("\xF0\x9F\x98z\xE2\x28\xA1\xED\xA0\x80"), "\uFFFDz\uFFFD(\uFFFD\uFFFD\uFFFD\uFFFD");
}

void expect_refused(Result<Tokenizer> result, ErrorCode code, const std::string& part) {
  ASSERT_FALSE(result.ok()) << part;
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_NE(result.error().message().find(part), std::string::npos) << result.error().message();
}

TEST(HostileTokenizer, GgufVocabulariesAreChecked) {
  const auto refused = [](auto change, ErrorCode code, const std::string& part) {
    Tiny model = tiny();
    change(model);
    expect_refused(Tokenizer::from_vocabulary(model.vocabulary()), code, part);
  };
  refused([](Tiny& m) { m.model = "llama"; }, ErrorCode::kUnsupported, "\"llama\"");
  refused([](Tiny& m) { m.pre = "tekken"; }, ErrorCode::kUnsupported, "\"tekken\"");
  refused([](Tiny& m) { m.types.pop_back(); }, ErrorCode::kCorrupt, "267 tokens, but 266 token types");
  refused([](Tiny& m) { m.tokens[5] = m.tokens[6]; }, ErrorCode::kCorrupt, "occurs twice");
  refused([](Tiny& m) { m.merges.push_back("q zz"); }, ErrorCode::kCorrupt, "`zz`");
  refused([](Tiny& m) { m.merges.push_back("q z"); }, ErrorCode::kCorrupt, "`qz`");
  refused([](Tiny& m) { m.merges.push_back("qz"); }, ErrorCode::kCorrupt, "\"qz\"");
  refused([](Tiny& m) { m.merges.push_back(std::string(1000, 'q') + " z"); }, ErrorCode::kCorrupt,
          "makes no token");
  refused([](Tiny& m) { m.tokens[300 - 36] = "\xFF"; }, ErrorCode::kCorrupt, "UTF-8");
}

TEST(HostileTokenizer, FilesAreChecked) {
  const auto refused = [](auto change, ErrorCode code, const std::string& part) {
    Json file = tiny().json();
    change(file);
    expect_refused(Tokenizer::from_json(file.dump()), code, part);
  };
  const auto model = [](Json& file, const char* key, Json value) {
    file.find("model")->set(key, std::move(value));
  };
  refused([&](Json& f) { model(f, "type", "Unigram"); }, ErrorCode::kUnsupported, "\"Unigram\"");
  refused([&](Json& f) { f.set("decoder", Json()); }, ErrorCode::kUnsupported, "decoder is none");
  refused([&](Json& f) { f.find("model")->find("vocab")->set("zz", int64_t{4000000000}); },
          ErrorCode::kCorrupt, "\"zz\" has the id 4000000000");
  refused([&](Json& f) { f.find("model")->find("vocab")->set("zz", 5); }, ErrorCode::kCorrupt,
          "id 5 is given twice");
  refused([&](Json& f) { model(f, "merges", Json::array({"a b c"})); }, ErrorCode::kCorrupt,
          "not two tokens");
  refused([&](Json& f) { model(f, "continuing_subword_prefix", "##"); }, ErrorCode::kCorrupt,
          "makes no token");
  refused([&](Json& f) { f.find("added_tokens")->items()[0].set("id", int64_t{4000000000}); },
          ErrorCode::kCorrupt, "4000000000");
  refused(
      [&](Json& f) {
        f.find("pre_tokenizer")->find("pretokenizers")->items()[0].find("pattern")->set("Regex", "(a");
      },
      ErrorCode::kCorrupt, "unmatched parenthesis");
  refused(
      [&](Json& f) {
        f.set("normalizer", Json::object({{"type", "Prepend"}, {"prepend", "x"}}));
      },
      ErrorCode::kUnsupported, "normalizer");
  refused([&](Json& f) { f.set("pre_tokenizer", std::string(70000, 'x')); }, ErrorCode::kUnsupported,
          "70002 bytes");
  for (const std::string& text : {std::string(), std::string("{}"), std::string("[]"), std::string("\xFF"),
                                  std::string(1000000, '['), tiny().json().dump().substr(0, 3000)}) {
    expect_refused(Tokenizer::from_json(text), ErrorCode::kCorrupt, "okenizer");
  }
}

TEST(Tokenizer, OfEqualKeysTheLastCounts) {
  const std::string json = tiny().json().dump();
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string text = json;
    EXPECT_NE(text.find(from), text.npos) << from;
    return text.replace(text.find(from), from.size(), to);
  };
  const Ids expected = encode(value_of(Tokenizer::from_json(json)), "hello <|im_end|>");
  for (const std::string& text :
       {replaced("{\"version\"", "{\"model\":3,\"added_tokens\":[],\"decoder\":null,\"version\""),
        replaced("\"vocab\":{", "\"vocab\":{\"h\":77,\"ell\":400000,"),
        replaced("\"type\":\"BPE\"", "\"type\":\"Unigram\",\"merges\":[],\"type\":\"BPE\""),
        replaced("{\"id\":259", "{\"id\":7,\"content\":\"x\",\"special\":false,\"id\":259"),
        replaced("{\"type\":\"NFC\"}", "{\"type\":\"Lowercase\",\"type\":\"NFC\"}"),
        replaced("\"behavior\"", "\"behavior\":\"Removed\",\"behavior\""), "\xef\xbb\xbf" + json}) {
    const Tokenizer tokenizer = value_of(Tokenizer::from_json(text));
    EXPECT_EQ(encode(tokenizer, "hello <|im_end|>"), expected) << text;
    EXPECT_TRUE(tokenizer.is_special(kImEnd));
  }
}

/// A speech model has 28,676.
TEST(Tokenizer, ManyAddedTokens) {
  Tiny model = tiny();
  constexpr int32_t kCount = 40'000;
  const auto first = static_cast<int32_t>(model.tokens.size());
  for (int32_t i = 0; i < kCount; ++i) {
    model.tokens.push_back("<|audio_" + std::to_string(i) + "|>");
    model.types.push_back(3);
  }
  const std::string text = "hello<|audio_0|><|audio_39999|>";
  const Ids expected = {'h', 258, 'o', first, first + kCount - 1};
  EXPECT_EQ(encode(value_of(Tokenizer::from_vocabulary(model.vocabulary())), text), expected);
  EXPECT_EQ(encode(value_of(Tokenizer::from_json(model.json().dump())), text), expected);
}

TEST(HostileTokenizer, RegexThatTakesForEverIsAnError) {
  Json file = tiny().json();
  file.find("pre_tokenizer")->find("pretokenizers")->items()[0].find("pattern")->set("Regex", "(a+)+$");
  const Tokenizer tokenizer = value_of(Tokenizer::from_json(file.dump()));
  EXPECT_FALSE(tokenizer.encode(std::string(1000, 'a') + "b", Controls::kRecognise).ok());
}

TEST(Tokenizer, LongTextWithoutSpaces) {
  const Tokenizer tokenizer = tiny_tokenizer();
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "ell";
  EXPECT_EQ(encode(tokenizer, text), Ids(100000, 258));
  EXPECT_EQ(encode(tokenizer, std::string(300000, ' ')).size(), 300000u);
}

}  // namespace
}  // namespace tug
