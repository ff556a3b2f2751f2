// The demo model's tokenizer and template against what Hugging Face's tokenizers and Jinja2 give for them.
#include <fstream>
#include <sstream>

#include "support/expect.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace tug {
namespace {

std::string read_file(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(std::string(TUG_SOURCE_DIR) + "/" + path, std::ios::binary).rdbuf();
  return text.str();
}

const Json& goldens() {
  static const Json json = value_of(parse_json(read_file("tests/text/data/demo_goldens.json")));
  return json;
}

TEST(DemoGoldens, TokenizerGivesHuggingFacesIds) {
  const Tokenizer tokenizer = value_of(Tokenizer::from_json(read_file("models/demo/tokenizer.json")));
  int cases = 0;
  for (const Json& golden : goldens().find("encode")->items()) {
    const std::string& text = golden.find("text")->as_string();
    std::vector<int32_t> expected;
    for (const Json& id : golden.find("ids")->items())
      expected.push_back(static_cast<int32_t>(id.as_integer()));
    EXPECT_EQ(value_of(tokenizer.encode(text, Tokenizer::Controls::kRecognise)), expected) << text;
    EXPECT_EQ(tokenizer.decode(expected, false), golden.find("plain")->as_string()) << text;

    Detokenizer detokenizer(tokenizer);
    std::string streamed;
    for (int32_t id : expected) streamed += detokenizer.push(id);
    EXPECT_EQ(streamed + detokenizer.finish(), golden.find("plain")->as_string()) << text;
    ++cases;
  }
  EXPECT_EQ(cases, 60);
}

TEST(DemoGoldens, TemplateGivesJinjasText) {
  const Json config = value_of(parse_json(read_file("models/demo/tokenizer_config.json")));
  const ChatTemplate chat_template =
      value_of(ChatTemplate::compile(config.find("chat_template")->as_string()));
  for (const Json& golden : goldens().find("render")->items()) {
    EXPECT_EQ(value_of(chat_template.render(*golden.find("context"))), golden.find("text")->as_string());
  }
}

}  // namespace
}  // namespace tug
