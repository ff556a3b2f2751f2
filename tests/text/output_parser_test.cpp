// A model's output in pieces of every size: reasoning, content, tool calls; nothing is lost.
#include "text/output_parser.h"

#include "base/random.h"
#include "support/expect.h"
#include "support/parsed_output.h"

namespace tug {
namespace {

struct Expected {
  std::string reasoning, content, calls;
};

void expect_output(std::string_view text, bool reasons, const Expected& expected,
                   const Json* tools = nullptr) {
  const ParsedOutput whole = parse_in_pieces(text, reasons, tools, [](auto rest) { return rest.size(); });
  EXPECT_EQ(whole.reasoning, expected.reasoning) << text;
  EXPECT_EQ(whole.content, expected.content) << text;
  EXPECT_EQ(whole.calls_text(), expected.calls) << text;
  for (size_t step = 1; step < text.size(); ++step) {
    EXPECT_EQ(parse_in_pieces(text, reasons, tools, [&](auto) { return step; }), whole)
        << text << " in steps of " << step;
  }
  for (size_t cut = 1; cut < text.size(); ++cut) {
    const auto once = [&](auto rest) { return rest.size() == text.size() ? cut : rest.size(); };
    EXPECT_EQ(parse_in_pieces(text, reasons, tools, once), whole) << text << " cut at " << cut;
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
  expect_output("<thin", false, {"", "<thin", ""});
  expect_output("", true, {"", "", ""});
}

TEST(OutputParser, HermesCalls) {
  expect_output(
      "Hi.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>\n<tool_call>\n"
      "{\"name\": \"g\", \"arguments\": \"{\\\"b\\\": 2}\"}\n</tool_call>\n",
      false, {"", "Hi.\n", "f{\"a\": 1}g{\"b\": 2}"});
  expect_output("<tool_call>{\"name\": \"f\", \"arguments\": {\"t\": \"</tool_call>\"}}</tool_call>done",
                false, {"", "done", "f{\"t\": \"</tool_call>\"}"});
  expect_output("<tool_call>\n{\"name\": \"f\", \"arguments\": {}}", false, {"", "", "f{}"});
  expect_output("so\n<tool_call>\n{\"name\": \"f\"}\n</tool_call>", true, {"so", "", "f{}"});
  expect_output("about <tool_call> tags\n</think>x", true, {"about <tool_call> tags", "x", ""});
}

TEST(OutputParser, MalformedCallsAreContent) {
  for (const char* text : {"<tool_call>\nnot json\n</tool_call>", "<tool_call>{\"name\": 3}</tool_call> b",
                           "a <tool_call>", "a <tool_call", "<function=", "<function=>x</function>",
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
      {"i", {"99999999999999999999", "99999999999999999999"}},
      {"i", {"-9223372036854775809", "-9223372036854775809"}},
      {"i", {"007", "\"007\""}},
      {"n", {"1e400", "1e400"}},
      {"n", {"0.10", "0.10"}},
      {"n", {"123456789012345678901234567890.5", "123456789012345678901234567890.5"}},
      {"n", {"2", "2"}},
      {"n", {"2.5", "2.5"}},
      {"n", {"two", "\"two\""}},
      {"b", {"True", "true"}},
      {"b", {"true", "true"}},
      {"b", {"False", "false"}},
      {"b", {"no", "false"}},
      {"o", {"{\"k\": [1]}", "{\"k\": [1]}"}},
      {"o", {"{'k': (True, None, \"it's\"),}", "{\"k\": [true, null, \"it's\"]}"}},
      {"o", {"[1]", "\"[1]\""}},
      {"a", {"[18446744073709551616, 0.10]", "[18446744073709551616, 0.10]"}},
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

TEST(OutputParser, ThinkTagsNeverAreContent) {
  expect_output("a </think> b", false, {"", "a  b", ""});
  expect_output("I think</think></think>\n\nYes.</think>\n", true, {"I think", "Yes.", ""});
  expect_output("</think>\n</think>\nYes.", false, {"", "Yes.", ""});
  expect_output("<think>\na\n</think>\n\n<think>\nb\n</think>\n\nYes.", false, {"a\nb", "Yes.", ""});
  expect_output("a</think>Yes<think>b</think>, no.", true, {"a\nb", "Yes, no.", ""});
  expect_output("a</think><think></think>Yes.", true, {"a", "Yes.", ""});
  expect_output("Yes.\n<think>\nb", false, {"b", "Yes.\n", ""});
  expect_output("<tool_call>{</think>}", false, {"", "<tool_call>{}", ""});
  expect_output("<tool_call>{\"name\":\"f\"}</tool_call>\n</think>\n\nYes.</thin", false,
                {"", "Yes.</thin", "f{}"});
  expect_output("</think>\n<tool_call>{\"name\":\"f\",\"arguments\":{\"t\":\"</think>\"}}</tool_call>", true,
                {"", "", "f{\"t\":\"</think>\"}"});
}

const char* const kHermes = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>";
const char* const kXml =
    "<tool_call>\n<function=f>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>";

TEST(OutputParser, CallsInReasoningAreDrafts) {
  for (const std::string call : {kHermes, kXml, kXml + 12}) {
    const std::string parsed = call == kHermes ? "f{\"a\": 1}" : "f{\"a\":\"1\"}";
    expect_output("I could " + call + " or not.\n</think>\n\nNo.", true,
                  {"I could " + call + " or not.", "No.", ""});
    expect_output("<think>" + call + call + "</think>" + call, false, {call + call, "", parsed});
    for (size_t size = 1; size < call.size(); ++size) {
      const std::string draft = "a" + call.substr(0, size) + ".";
      expect_output(draft + "</think>Yes.", true, {draft, "Yes.", ""});
    }
    expect_output("a\n" + call, true, {"a", "", parsed});
    expect_output("a\n" + call + "\n" + call + "\nb", true, {"a", "b", parsed + parsed});
    expect_output("Yes.\n<think>" + call + "</think>" + call, false, {call, "Yes.\n", parsed});
  }
  expect_output("<tool_call>{\"name\":\"f\",\"arguments\":{\"t\":\"</think>\"}}</tool_call>", true,
                {"", "", "f{\"t\":\"</think>\"}"});
}

// The tags of the real call would end the draft's value, with the </think> inside.
TEST(OutputParser, ADraftDoesNotSwallowTheCallBehindIt) {
  for (const std::string draft : {"I would write <function=get><parameter=city>Oslo here.",
                                  "<tool_call><function=name><parameter=x>...", "<function=x>\n<parameter=a>",
                                  "<tool_call>\n<function=x>\n<parameter=a>\n1"}) {
    expect_output(draft + "\n</think>\n\n" + kXml, true, {draft, "", "f{\"a\":\"1\"}"});
    expect_output(draft + "</think>" + (kXml + 12), true, {draft, "", "f{\"a\":\"1\"}"});
    expect_output(draft + "</think>Yes.\n" + kXml + kXml, true,
                  {draft, "Yes.\n", "f{\"a\":\"1\"}f{\"a\":\"1\"}"});
  }
}

std::string hermes(const std::string& members) {
  return "<tool_call>\n{\"name\": \"f\", " + members + "}\n</tool_call>";
}

TEST(OutputParser, ArgumentsAreKeptAsWritten) {
  for (const std::string value :
       {"9223372036854775808", "18446744073709551616", "-9223372036854775809",
        "123456789012345678901234567890", "[1e400, 0.10, -0.0, 1E+2]",
        "{\"b\" : {\"c\":[18446744073709551615 ]}}", "\"\\u00e9\\/\\ud83d\\ude00\""}) {
    const std::string arguments = "{ \"a\":" + value + "}";
    expect_output(hermes("\"arguments\": " + arguments), false, {"", "", "f" + arguments});
    expect_output(hermes("\"arguments\": " + Json(arguments).dump()), false, {"", "", "f" + arguments});
    expect_output(hermes("\"parameters\": " + arguments), false, {"", "", "f" + arguments});
  }
}

TEST(OutputParser, ArgumentsAreRepaired) {
  const std::pair<const char*, const char*> cases[] = {
      {"{'a': 'it\\'s \"x\"', \"b\": True,}", "{\"a\": \"it's \\\"x\\\"\", \"b\": true}"},
      {"{\"a\": [1, 2, ], \"b\": (None, False)}", "{\"a\": [1, 2 ], \"b\": [null, false]}"},
      {"{\"a\": \"two\nlines\", \"b\": \"\\d\"}", "{\"a\": \"two\\nlines\", \"b\": \"\\\\d\"}"},
      {"{\"a\": \"\\ud800\"}", "{\"a\": \"\\ufffd\"}"},
      {"{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2}, \"a\": 3}", "{\"b\": {\"c\": 2}, \"a\": 3}"},
  };
  for (const auto& [written, repaired] : cases) {
    expect_output(hermes("\"arguments\": " + std::string(written)), false,
                  {"", "", "f" + std::string(repaired)});
  }
  expect_output(hermes("\"arguments\": {\"a\": 1}, \"arguments\": {\"a\": 2}"), false,
                {"", "", "f{\"a\": 2}"});
  expect_output("<function=f>\n<parameter=a>\n1\n</parameter>\n<parameter=a>\n2\n</parameter>\n</function>",
                false, {"", "", "f{\"a\":\"2\"}"});
}

TEST(OutputParser, UnreadableArgumentsStayVisible) {
  for (const char* members :
       {"\"arguments\": [1]", "\"arguments\": 3", "\"arguments\": null", "\"arguments\": \"\"",
        "\"arguments\": \"a = 1\"", "\"arguments\": \"{} {}\"", "\"arguments\": {\"a\": }",
        "\"arguments\": {a: 1}", "\"arguments\": {\"a\": 007}", "\"arguments\": {\"a\": NaN}",
        "\"arguments\": {\"a\": 1", "\"args\": {\"a\": 1}", "\"parameters\": \"x\"", "\"a\": 1"}) {
    expect_output(hermes(members), false, {"", hermes(members), ""});
    expect_output("Then:" + hermes(members) + "\nSo." + kHermes, false,
                  {"", "Then:" + hermes(members) + "\nSo.", "f{\"a\": 1}"});
  }
}

TEST(OutputParser, PiecesComeInOrder) {
  const std::string text = std::string("a</think>b") + kHermes + kXml + "\nc" + kHermes + "d<think>e</think>";
  const auto output = parse_in_pieces(text, true, nullptr, [](auto) { return 1; });
  EXPECT_EQ(output.order, "rc01c2cr");
}

/// Texts made of the parts that matter, in any order, cut anywhere.
TEST(OutputParser, CutsDoNotMatter) {
  const std::string_view parts[] = {"<think>",
                                    "</think>",
                                    "\n",
                                    " word ",
                                    "<tool_call>",
                                    "</tool_call>",
                                    kHermes,
                                    kXml,
                                    "<function=f>",
                                    "</function>",
                                    "<parameter=a>",
                                    "</parameter>",
                                    "{\"name\": \"f\", ",
                                    "\"arguments\": {}}",
                                    "'",
                                    "\"",
                                    "\\",
                                    "<",
                                    "é"};
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    uint64_t draws = 0;
    const auto draw = [&](size_t below) {
      return static_cast<size_t>(uniform_at(seed, draws++) * double(below));
    };
    std::string text;
    for (size_t count = 1 + draw(12); count > 0; --count) text += parts[draw(std::size(parts))];
    for (const bool reasons : {false, true}) {
      const auto whole = parse_in_pieces(text, reasons, nullptr, [](auto rest) { return rest.size(); });
      EXPECT_EQ(parse_in_pieces(text, reasons, nullptr, [](auto) { return 1; }), whole) << text;
      EXPECT_EQ(parse_in_pieces(text, reasons, nullptr, [&](auto) { return 1 + draw(40); }), whole) << text;
      EXPECT_EQ(whole.content.find("</think>"), std::string::npos) << text;
    }
  }
}

std::string shown(const std::vector<OutputParser::Piece>& pieces) {
  ParsedOutput output;
  output.add(pieces);
  return output.order + ":" + output.reasoning + output.content + output.calls_text();
}

TEST(OutputParser, StreamsWhatIsCertain) {
  OutputParser parser(true, nullptr);
  EXPECT_EQ(shown(parser.push("I think ")), "r:I think");
  EXPECT_EQ(shown(parser.push("so.</th")), "r: so.");
  EXPECT_EQ(shown(parser.push("ink>\n\nYes <to")), "c:Yes ");
  EXPECT_EQ(shown(parser.push("p")), "c:<top");
  EXPECT_EQ(shown(parser.push("<tool_call> tags")), "c:<tool_call> tags");
  EXPECT_EQ(shown(parser.push("<tool_call>{\"name\": \"f\"}")), ":");
  EXPECT_EQ(shown(parser.push("</tool_call>")), "0:f{}");
  EXPECT_EQ(shown(parser.push("<function=g></function>")), "1:g{}");
  EXPECT_EQ(shown(parser.push("<tool_call>{\"name\" = ")), "c:<tool_call>{\"name\" = ");
  EXPECT_EQ(shown(parser.finish()), ":");
}

TEST(OutputParser, StreamsReasoningThatOnlyMentionsCalls) {
  OutputParser parser(true, nullptr);
  EXPECT_EQ(shown(parser.push("a <tool_call> tag, <function=f> and")),
            "r:a <tool_call> tag, <function=f> and");
  EXPECT_EQ(shown(parser.push(std::string(" this:\n") + kHermes)), "r: this:");
  EXPECT_EQ(shown(parser.push("</think>Yes.")), std::string("rc:\n") + kHermes + "Yes.");
  EXPECT_EQ(shown(parser.finish()), ":");
}

TEST(OutputParser, LongCallsTakeTheirTimeOnce) {
  OutputParser parser(false, nullptr);
  const std::string argument(1 << 20, 'x');
  parser.push("<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": \"");
  for (size_t at = 0; at < argument.size(); at += 4) parser.push(argument.substr(at, 4));
  EXPECT_EQ(shown(parser.push("\"}}</tool_call>")), "0:f{\"a\": \"" + argument + "\"}");
}

}  // namespace
}  // namespace tug
