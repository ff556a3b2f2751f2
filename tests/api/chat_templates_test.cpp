// Which of a model's chat templates a conversation goes through.
#include <filesystem>

#include "support/expect.h"
#include "support/temp_dir.h"
#include "tugboat/model.h"

namespace tug {
namespace {

constexpr const char* kTools = R"([{"type": "function", "function": {"name": "f", "parameters": {}}}])";

class ChatTemplates : public testing::Test {
 protected:
  ChatTemplates() {
    for (const auto& entry : std::filesystem::directory_iterator(TUG_SOURCE_DIR "/models/demo")) {
      if (entry.is_regular_file() && entry.path().filename() != "tokenizer_config.json")
        std::filesystem::create_symlink(entry.path(), directory_ / entry.path().filename().string());
    }
  }
  ModelText open(const std::string& config) {
    directory_.write("tokenizer_config.json", config);
    return value_of(ModelText::open(directory_.path()));
  }
  static std::string text(const ModelText& model, const ChatOptions& options) {
    return value_of(model.decode(value_of(model.chat_prompt({{"user", "Hi"}}, options)).tokens, true));
  }
  TempDir directory_;
};

TEST_F(ChatTemplates, ToolUseIsTakenWhenToolsAreGiven) {
  const ModelText model = open(R"({"chat_template": [
      {"name": "default", "template": "plain"},
      {"name": "tool_use", "template": "{{ tools[0].function.name }}"}]})");
  EXPECT_EQ(text(model, {}), "plain");
  EXPECT_EQ(text(model, {.tools = kTools}), "f");
  const ModelText one = open(R"({"chat_template": "one{{ tools and 't' }}"})");
  EXPECT_EQ(text(one, {.tools = kTools}), "onet");
}

TEST_F(ChatTemplates, AListWithoutADefaultSaysSo) {
  const ModelText model =
      open(R"({"chat_template": [{"name": "rag", "template": "r"}, {"name": "tool_use", "template": "t"}]})");
  EXPECT_TRUE(model.has_chat_template());
  EXPECT_EQ(text(model, {.tools = kTools}), "t");
  const auto refused = model.chat_prompt({{"user", "Hi"}}, {});
  ASSERT_FALSE(refused.ok());
  for (const char* word : {"rag", "tool_use", "\"default\""})
    EXPECT_NE(refused.error().message().find(word), std::string::npos) << refused.error().message();
}

}  // namespace
}  // namespace tug
