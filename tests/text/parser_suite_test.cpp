// Public vectors for the output of Qwen3.5 and Qwen3-Coder.
#include "support/parsed_output.h"
#include "text/suites.h"

namespace tug {
namespace {

/// What the caller had the model go on from.
std::string continued_answer(const Json& vector) {
  const Json* kind = vector.find("continue_final_message");
  if (!kind) return {};
  if (kind->as_string() == "COMMON_CHAT_CONTINUATION_REASONING") return "I'm";
  const bool thinks = vector.find("template")->as_string().find("Coder") == std::string::npos;
  return std::string(thinks ? "I'm thinking\n</think>\n\n" : "") + "Hello, ";
}

/// Where we differ: reasoning that stays in the content, and a second <think> that stays in the reasoning.
bool expects_other_behaviour(const Json& vector) {
  const Json* format = vector.find("reasoning_format");
  return (format && format->as_string() == "COMMON_REASONING_FORMAT_NONE") ||
         vector.find("line")->as_integer() == 2342;
}

void check(const Json& vector, const ParsedOutput& output) {
  const Json& expect = *vector.find("expect");
  EXPECT_EQ(output.content, expect.find("content")->as_string()) << vector.dump();
  EXPECT_EQ(output.reasoning, expect.find("reasoning_content")->as_string()) << vector.dump();
  const auto& calls = expect.find("tool_calls")->items();
  ASSERT_EQ(output.calls.size(), calls.size()) << vector.dump();
  for (size_t i = 0; i < calls.size(); ++i) {
    EXPECT_EQ(output.calls[i].name, calls[i].find("name")->as_string());
    EXPECT_EQ(value_of(parse_json(output.calls[i].arguments)).dump(),
              value_of(parse_json(calls[i].find("arguments")->as_string())).dump());
  }
}

TEST(ParserSuite, QwenVectors) {
  const std::vector<Json> vectors =
      read_json_lines(TUG_SHARED_DIR "/suites/parser/llamacpp_output_parser_vectors.jsonl");
  if (vectors.empty()) GTEST_SKIP() << "no public vectors here";
  int checked = 0;
  for (const Json& vector : vectors) {
    const Json& name = *vector.find("template");
    if (!name.is_string() || name.as_string().find("Qwen3") == std::string::npos) continue;
    if (expects_other_behaviour(vector)) continue;
    const bool coder = name.as_string().find("Coder") != std::string::npos;
    const std::string input = continued_answer(vector) + vector.find("input")->as_string();
    const Json* thinking = vector.find("enable_thinking");
    const bool reasons = !coder && (!thinking || thinking->as_bool());
    for (size_t step : {input.size(), size_t{1}, size_t{7}}) {
      check(vector, parse_in_pieces(input, reasons, vector.find("tools"), [&](auto) { return step; }));
    }
    ++checked;
  }
  EXPECT_EQ(checked, 43);
}

}  // namespace
}  // namespace tug
