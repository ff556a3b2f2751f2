// The public templates: what 73 chat templates make of 36 conversations, against Python's Jinja2.
#include <map>

#include "text/chat_template.h"
#include "text/suites.h"

namespace tug {
namespace {

constexpr int64_t kGoldenNow = 1768435200;  // 2026-01-15, the day that the goldens show

/// Renders that differ, by template. In all but one template Python refuses what we render: it iterates over
/// no None, and generators are no JSON. functionary adds strings to `|safe` ones, which makes Python escape
/// them.
const std::map<std::string, int> kDifferent = {
    {"llamacpp/CohereForAI-c4ai-command-r-plus-tool_use.jinja", 22},
    {"llamacpp/LFM2.5-8B-A1B.jinja", 1},
    {"llamacpp/NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use.jinja", 19},
    {"llamacpp/NousResearch-Hermes-3-Llama-3.1-8B-tool_use.jinja", 19},
    {"llamacpp/llama-cpp-deepseek-r1.jinja", 12},
    {"llamacpp/meetkai-functionary-medium-v3.1.jinja", 10},
};

TEST(TemplateSuite, RendersLikePython) {
  const std::string folder = TUG_SHARED_DIR "/suites/templates/";
  const std::vector<Json> goldens = read_json_lines(folder + "goldens.jsonl");
  if (goldens.empty()) GTEST_SKIP() << "no public templates here";
  const Json contexts = value_of(parse_json(read_if_there(folder + "contexts/contexts.json")));
  std::map<std::string, ChatTemplate> templates;
  std::map<std::string, int> different;
  int same = 0, both_refuse = 0;
  for (const Json& golden : goldens) {
    const std::string& name = golden.find("template")->as_string();
    auto found = templates.find(name);
    if (found == templates.end()) {
      found = templates.emplace(name, value_of(ChatTemplate::compile(read_if_there(folder + name)))).first;
    }
    Json context = *contexts.find(golden.find("context")->as_string());
    if (!context.find("tools")) context.set("tools", Json());
    context.set("bos_token", "<s>");
    context.set("eos_token", "</s>");
    const Result<std::string> text = found->second.render(context, kGoldenNow);
    if (!golden.find("ok")->as_bool()) {
      ++(text.ok() ? different[name] : both_refuse);
    } else {
      ++(text.ok() && text.value() == golden.find("expected")->as_string() ? same : different[name]);
    }
  }
  EXPECT_EQ(same, 2204);
  EXPECT_EQ(both_refuse, 341);
  EXPECT_EQ(different, kDifferent);
}

}  // namespace
}  // namespace tug
