// The public templates: what 73 chat templates make of 36 conversations, against Python's Jinja2.
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/json.h"
#include "support/expect.h"
#include "text/chat_template.h"

namespace tug {
namespace {

constexpr int64_t kGoldenNow = 1768435200;  // 2026-01-15, the day on which the goldens were made

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(TemplateSuite, RendersLikePython) {
  const std::string folder = TUG_SHARED_DIR "/suites/templates/";
  const std::string goldens = read_text(folder + "goldens.jsonl");
  if (goldens.empty()) GTEST_SKIP() << "no public templates here";
  const Json contexts = value_of(parse_json(read_text(folder + "contexts/contexts.json")));
  std::map<std::string, ChatTemplate> templates;
  std::map<std::string, int> different;
  std::istringstream lines(goldens);
  int same = 0, refused = 0;
  for (std::string line; std::getline(lines, line);) {
    const Json golden = value_of(parse_json(line));
    const std::string& name = golden.find("template")->as_string();
    auto found = templates.find(name);
    if (found == templates.end()) {
      auto compiled = ChatTemplate::compile(read_text(folder + name));
      if (!compiled.ok()) { ADD_FAILURE() << name << compiled.error().message(); continue; }
      found = templates.emplace(name, std::move(compiled).value()).first;
    }
    Json context = *contexts.find(golden.find("context")->as_string());
    if (context.find("tools") == nullptr) context.set("tools", Json());
    context.set("bos_token", "<s>");
    context.set("eos_token", "</s>");
    const Result<std::string> text = found->second.render(context, kGoldenNow);
    const bool ok = golden.find("ok")->as_bool();
    if (!ok && !text.ok()) { ++refused; continue; }
    if (ok && text.ok() && text.value() == golden.find("expected")->as_string()) { ++same; continue; }
    ++different[name];
    std::cout << "DIFF " << name << " " << golden.find("context")->as_string() << " ok=" << ok << " " << (ok ? "" : golden.find("error")->as_string()) << (text.ok() ? "" : " ERR " + text.error().message()) << "\n";
    if (ok && text.ok() && getenv("SHOW")) std::cout << "--want\n" << golden.find("expected")->as_string() << "\n--got\n" << text.value() << "\n";
  }
  std::cout << same << " same, " << refused << " both refuse\n";
}

}  // namespace
}  // namespace tug
