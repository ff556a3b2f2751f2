// Public vectors for the output of Qwen3.5 and Qwen3-Coder.
#include "text/output_parser.h"
#include "text/suites.h"

namespace tug {
namespace {

struct Output {
  std::string reasoning, content;
  std::vector<FunctionCall> calls;
};

/// Parses `text` in steps of `step` bytes.
Output parse(std::string_view text, size_t step, bool reasons, const Json* tools) {
  OutputParser parser(reasons, tools);
  Output output;
  const auto add = [&](const std::vector<OutputParser::Piece>& pieces) {
    for (const auto& piece : pieces) {
      (piece.kind == OutputParser::Piece::kReasoning ? output.reasoning : output.content) += piece.text;
    }
  };
  for (size_t at = 0; at < text.size(); at += step) add(parser.push(text.substr(at, step)));
  add(parser.finish());
  output.calls = parser.tool_calls();
  return output;
}

TEST(ParserSuite, QwenVectors) {
  const std::vector<Json> vectors =
      read_json_lines(TUG_SHARED_DIR "/suites/parser/llamacpp_output_parser_vectors.jsonl");
  if (vectors.empty()) GTEST_SKIP() << "no public vectors here";
  int checked = 0;
  for (const Json& vector : vectors) {
    const Json& name = *vector.find("template");
    if (!name.is_string() || name.as_string().find("Qwen3") == std::string::npos) continue;
    // Not ours: reasoning as content, answers that continue a given text, and one that keeps a second
    // <think>.
    const Json* format = vector.find("reasoning_format");
    if (format && format->as_string() == "COMMON_REASONING_FORMAT_NONE") continue;
    if (vector.find("continue_final_message") || vector.find("line")->as_integer() == 2342) continue;
    const bool coder = name.as_string().find("Coder") != std::string::npos;
    const std::string& input = vector.find("input")->as_string();
    const Json* thinking = vector.find("enable_thinking");
    const bool reasons = !coder && (!thinking || thinking->as_bool());
    const Json& expect = *vector.find("expect");
    for (size_t step : {input.size() + 1, size_t{1}, size_t{7}}) {
      const Output output = parse(input, step, reasons, vector.find("tools"));
      EXPECT_EQ(output.content, expect.find("content")->as_string()) << vector.dump();
      EXPECT_EQ(output.reasoning, expect.find("reasoning_content")->as_string()) << vector.dump();
      const auto& calls = expect.find("tool_calls")->items();
      ASSERT_EQ(output.calls.size(), calls.size()) << vector.dump();
      for (size_t i = 0; i < calls.size(); ++i) {
        EXPECT_EQ(output.calls[i].name, calls[i].find("name")->as_string());
        EXPECT_EQ(output.calls[i].arguments.dump(),
                  value_of(parse_json(calls[i].find("arguments")->as_string())).dump());
      }
    }
    ++checked;
  }
  EXPECT_EQ(checked, 40);
}

}  // namespace
}  // namespace tug
