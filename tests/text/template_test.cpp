// Chat templates: what Hugging Face's settings mean, and templates that mean harm.
#include "text/chat_template.h"

#include <chrono>

#include "support/expect.h"

namespace tug {
namespace {

Result<std::string> try_render(const std::string& source, const std::string& context = "{}") {
  Result<ChatTemplate> compiled = ChatTemplate::compile(source);
  if (!compiled.ok()) return std::move(compiled).error();
  return compiled->render(value_of(parse_json(context)), 1768435200);
}

std::string render(const std::string& source, const std::string& context = "{}") {
  return value_of(try_render(source, context));
}

TEST(ChatTemplate, TojsonIsPythons) {
  const std::string context =
      R"({"x":{"z":1,"a":[true,null,"é<&>'\"\\\n\u0001\u007f"],"f":[1.0,1e-7,1e16,2.5,-0.0],"e":{},"l":[]}})";
  EXPECT_EQ(render("{{ x | tojson }}", context),
            "{\"z\": 1, \"a\": [true, null, \"é<&>'\\\"\\\\\\n\\u0001\x7f\"], "
            "\"f\": [1.0, 1e-07, 1e+16, 2.5, -0.0], \"e\": {}, \"l\": []}");
  EXPECT_EQ(render("{{ x.a | tojson(indent=2) }}", R"({"x":{"a":{"k":[1,{}]}}})"),
            "{\n  \"k\": [\n    1,\n    {}\n  ]\n}");
  EXPECT_EQ(render("{{ x | tojson(ensure_ascii=true, separators=(',', ':'), sort_keys=true) }}",
                   R"({"x":{"b":"😀","a":1}})"),
            "{\"a\":1,\"b\":\"\\ud83d\\ude00\"}");
}

TEST(ChatTemplate, HuggingFaceSettings) {
  EXPECT_EQ(render("  {% if true %}\n  a\n  {% endif %}\nb\n"), "  a\nb");
  EXPECT_EQ(render("{{ true }} {{ none }} {{ x }} {{ true | string }} {{ 2.0 }}"), "True None  True 2.0");
}

TEST(ChatTemplate, GenerationTagsDoNothing) {
  EXPECT_EQ(render("a{% generation %}b{%- endgeneration -%} c"), "abc");
  EXPECT_FALSE(try_render("{% generations %}").ok());
}

TEST(ChatTemplate, PythonMethodsAndLoops) {
  EXPECT_EQ(render("{{ ' a-b '.strip().split('-')[::-1] | join('+') }}"), "b+a");
  EXPECT_EQ(
      render("{% for k, v in x.items() %}{{ k }}={{ v }};{% if k == 'b' %}{% break %}{% endif %}{% endfor %}",
             R"({"x":{"z":1,"b":2,"a":3}})"),
      "z=1;b=2;");
  EXPECT_EQ(render("{{ none is iterable }}{{ x is iterable }}{{ 'a' is iterable }}"), "FalseTrueTrue");
  EXPECT_EQ(render("{{ 'a\n\nb\n' | indent(2, first=true) }}|"), "  a\n\n  b\n|");
  EXPECT_EQ(render("{{ strftime_now('%d %b %Y') }}"), "15 Jan 2026");
}

TEST(ChatTemplate, ErrorsSayWhatAndWhere) {
  const Result<std::string> raised =
      try_render("{% macro m() %}{{ raise_exception('No user query.') }}{% endmacro %}{{ m() }}");
  ASSERT_FALSE(raised.ok());
  EXPECT_EQ(raised.error().message(), "No user query.");
  EXPECT_EQ(raised.error().code(), ErrorCode::kInvalidArgument);
  const Result<std::string> broken = try_render("a\n{% if %}");
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().code(), ErrorCode::kCorrupt);
  EXPECT_NE(broken.error().message().find("line 2"), std::string::npos);
  EXPECT_FALSE(ChatTemplate::compile("\xFF").ok());
}

std::string repeat(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

class HostileTemplate : public testing::TestWithParam<std::string> {};

TEST_P(HostileTemplate, IsStoppedWithAnError) {
  const auto start = std::chrono::steady_clock::now();
  const Result<std::string> text = try_render(GetParam());
  EXPECT_FALSE(text.ok());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  EXPECT_LT(seconds.count(), 20.0);  // the limit is 5, but the machine may be busy
}

const std::string kTwins =
    "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(40) %}{% set n.x = [n.x, n.x] %}"
    "{% set n.y = [n.y, n.y] %}{% endfor %}";
const std::string kCycle = "{% set n = namespace() %}{% set n.x = n %}";

INSTANTIATE_TEST_SUITE_P(
    Templates, HostileTemplate,
    testing::Values(
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 'a' * 1000000000 }}",
        "{% set n = namespace(s='a') %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}{{ n.s "
        "}}",
        "{% for i in range(99999) %}" + std::string(50000, 'x') + "{% endfor %}",
        "{% set n = namespace(x=[]) %}{% for i in range(99999) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x }}",
        kTwins + "{{ n.x }}", kTwins + "{{ n.x | tojson }}", kTwins + "{{ n.x ~ '' }}",
        kTwins + "{{ n.x == n.y }}", kCycle + "{{ n }}", kCycle + "{{ n ~ '' }}",
        "{{ ('a' * 100000).replace('a', 'b' * 100000) }}", "{{ '{:1000000000}'.format(1) }}",
        "{{ '%1000000000d' | format(1) }}", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% include 'chat template' %}", "{{ " + std::string(60000, '(') + "1", repeat("{% if a %}", 10000),
        "{{ a" + repeat(".b", 60000) + " }}", "{{ " + std::string(120000, '-') + "1 }}",
        std::string(200000, 'a')));

}  // namespace
}  // namespace tug
