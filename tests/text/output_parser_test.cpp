// A model's output in pieces of every size: reasoning, content, tool calls; nothing is lost.
#include "text/output_parser.h"

#include "support/expect.h"

namespace tug {
namespace {

struct Output {
  std::string reasoning, content, calls;
  bool operator==(const Output&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Output& o) {
  return out << "[" << o.reasoning << "][" << o.content << "][" << o.calls << "]";
}

Output parse_in_steps(std::string_view text, size_t step, bool reasons, const Json* tools) {
  OutputParser parser(reasons, tools);
  Output output;
  const auto add = [&](const std::vector<OutputParser::Piece>& pieces) {
    for (const auto& piece : pieces) {
      (piece.kind == OutputParser::Piece::kReasoning ? output.reasoning : output.content) += piece.text;
    }
  };
  for (size_t at = 0; at < text.size(); at += step) add(parser.push(text.substr(at, step)));
  add(parser.finish());
  for (const FunctionCall& call : parser.tool_calls()) output.calls += call.name + call.arguments.dump();
  return output;
}

void expect_output(std::string_view text, bool reasons, const Output& expected, const Json* tools = nullptr) {
  for (size_t step = 1; step <= text.size() + 1; ++step) {
    EXPECT_EQ(parse_in_steps(text, step, reasons, tools), expected) << text << " in steps of " << step;
  }
}

TEST(OutputParser, Reasoning) {
  expect_output("\nI think\n</think>\n\nYes.\n", true, {"I think", "Yes.\n", ""});
  expect_output("<think>\nI think\n</think>\n\nYes.", true, {"I think", "Yes.", ""});
  expect_output("<think>\nI think\n</think>\n\nYes.", false, {"I think", "Yes.", ""});
  expect_output("</think>\n\nYes.", true, {"", "Yes.", ""});
  expect_output("I never stop \n", true, {"I never stop", "", ""});
  expect_output(" I never </thi", true, {"I never </thi", "", ""});
  expect_output("  plain <think> text\n", false, {"", "  plain <think> text\n", ""});
  expect_output("a </think> b", false, {"", "a </think> b", ""});
  expect_output("<thin", false, {"", "<thin", ""});
  expect_output("", true, {"", "", ""});
}

TEST(OutputParser, HermesCalls) {
  expect_output(
      "Hi.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>\n<tool_call>\n"
      "{\"name\": \"g\", \"arguments\": \"{\\\"b\\\": 2}\"}\n</tool_call>\n",
      false, {"", "Hi.\n", "f{\"a\":1}g{\"b\":2}"});
  expect_output("<tool_call>{\"name\": \"f\", \"arguments\": {\"t\": \"</tool_call>\"}}</tool_call>done",
                false, {"", "done", "f{\"t\":\"</tool_call>\"}"});
  expect_output("<tool_call>\n{\"name\": \"f\", \"arguments\": {}}", false, {"", "", "f{}"});
  expect_output("so\n<tool_call>\n{\"name\": \"f\"}\n</tool_call>", true, {"so", "", "f{}"});
  expect_output("about <tool_call> tags\n</think>x", true, {"about <tool_call> tags", "x", ""});
}

TEST(OutputParser, MalformedCallsAreContent) {
  for (const char* text : {"<tool_call>\nnot json\n</tool_call>", "<tool_call>{\"name\": 3}</tool_call> b",
                           "<tool_call>{\"name\": \"f\", \"arguments\": [1]}</tool_call>", "a <tool_call>",
                           "a <tool_call", "<function=", "<function=>x</function>",
                           "<function=f>text</function>", "<tool_call>{\"name\": \"f\", \"argum"}) {
    expect_output(text, false, {"", text, ""});
  }
  expect_output("<tool_call>oops<tool_call>{\"name\":\"f\"}</tool_call>", false,
                {"", "<tool_call>oops", "f{}"});
}

TEST(OutputParser, XmlCalls) {
  const Json tools = value_of(parse_json(
      R"([{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"s":{"type":"string"},)"
      R"("i":{"type":"integer"},"n":{"type":"number"},"b":{"type":"boolean"},"o":{"type":"object"},"a":{"type":"array"},)"
      R"("m":{"type":["null","integer"]},"y":{"anyOf":[{"type":"integer"},{"type":"null"}]},"e":{"enum":["x"]}}}}}])"));
  const auto call = [](const char* key, const char* value) {
    return "<tool_call>\n<function=f>\n<parameter=" + std::string(key) + ">\n" + value +
           "\n</parameter>\n</function>\n</tool_call>";
  };
  const std::pair<const char*, std::pair<const char*, const char*>> cases[] = {
      {"s", {"12", "\"12\""}},
      {"s", {"null", "\"null\""}},
      {"s", {"\n  x\n", "\"\\n  x\\n\""}},
      {"i", {"12", "12"}},
      {"i", {"1.5", "\"1.5\""}},
      {"i", {"99999999999999999999", "\"99999999999999999999\""}},
      {"n", {"2", "2"}},
      {"n", {"2.5", "2.5"}},
      {"n", {"two", "\"two\""}},
      {"b", {"True", "true"}},
      {"b", {"no", "false"}},
      {"o", {"{\"k\": [1]}", "{\"k\":[1]}"}},
      {"o", {"{'k': (True, None, \"it's\")}", "{\"k\":[true,null,\"it's\"]}"}},
      {"a", {"[1,", "\"[1,\""}},
      {"m", {"null", "null"}},
      {"m", {"4", "4"}},
      {"y", {"None", "null"}},
      {"y", {"7", "7"}},
      {"e", {"x", "\"x\""}},
      {"unknown", {"3", "\"3\""}},
      {"s", {"a </function> <parameter=q> </tool_call> z", "\"a </function> <parameter=q> </tool_call> z\""}},
  };
  for (const auto& [key, pair] : cases) {
    expect_output(call(key, pair.first), false,
                  {"", "", "f{\"" + std::string(key) + "\":" + pair.second + "}"}, &tools);
  }
}

TEST(OutputParser, XmlIsForgiven) {
  expect_output("Now:\n<function=f>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>\nok", false,
                {"", "Now:\nok", "f{\"a\":\"1\"}"});
  expect_output("<tool_call>\n<function=f>\n<parameter=a>\n1\n<parameter=b>\n2\n</function>\n</tool_call>",
                false, {"", "", "f{\"a\":\"1\",\"b\":\"2\"}"});
  expect_output("<tool_call>\n<function=f>\n<parameter=a>\n1", false, {"", "", "f{\"a\":\"1\"}"});
  expect_output("think\n<tool_call>\n<function=f>\n</function>\n</tool_call>", true, {"think", "", "f{}"});
}

TEST(OutputParser, StreamsWhatIsCertain) {
  using Piece = OutputParser::Piece;
  OutputParser parser(true, nullptr);
  EXPECT_EQ(parser.push("I think "), (std::vector<Piece>{{Piece::kReasoning, "I think"}}));
  EXPECT_EQ(parser.push("so.</th"), (std::vector<Piece>{{Piece::kReasoning, " so."}}));
  EXPECT_EQ(parser.push("ink>\n\nYes <to"), (std::vector<Piece>{{Piece::kContent, "Yes "}}));
  EXPECT_EQ(parser.push("p"), (std::vector<Piece>{{Piece::kContent, "<top"}}));
  EXPECT_EQ(parser.finish(), std::vector<Piece>{});
}

}  // namespace
}  // namespace tug
