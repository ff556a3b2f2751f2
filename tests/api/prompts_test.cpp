// What a prompt says about itself.
#include "support/expect.h"
#include "tugboat/model.h"

namespace tug {
namespace {

TEST(Prompts, KnowWhereTheirInstructionsEnd) {
  const ModelText text = value_of(ModelText::open("demo"));
  const std::vector<Message> system = {{"system", "You are a harbour pilot. Answer briefly."}};
  const auto prompt = [&](const std::string& user, const ChatOptions& options = {}) {
    std::vector<Message> messages = system;
    messages.push_back({"user", user});
    return value_of(text.chat_prompt(messages, options));
  };
  const Prompt one = prompt("Apples?"), two = prompt("What is the tide?");
  EXPECT_GT(one.system_tokens, 8);
  EXPECT_EQ(one.system_tokens, two.system_tokens);
  EXPECT_TRUE(std::equal(one.tokens.begin(), one.tokens.begin() + one.system_tokens, two.tokens.begin()));
  const std::string head =
      value_of(text.decode(std::span(one.tokens).first(static_cast<size_t>(one.system_tokens)), true));
  EXPECT_NE(head.find("briefly."), std::string::npos) << head;
  EXPECT_EQ(head.find("Apples"), std::string::npos) << head;
  EXPECT_EQ(value_of(text.chat_prompt({{"user", "Apples?"}}, {})).system_tokens, 0) << "no instructions";
  EXPECT_EQ(prompt("a").system_tokens, one.system_tokens) << "whatever the user begins with";
  EXPECT_EQ(prompt("b").system_tokens, one.system_tokens);
}

}  // namespace
}  // namespace tug
