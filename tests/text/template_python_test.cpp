// Templates that lean on Python: what Jinja2 made of them (make_template_vectors.py), and what follows from
// the machine's own clock.
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include "support/expect.h"
#include "text/chat_template.h"

namespace tug {
namespace {

TEST(TemplatePython, PrintsWhatJinjaPrints) {
  std::ifstream file(TUG_SOURCE_DIR "/tests/text/template_vectors.json");
  std::stringstream text;
  text << file.rdbuf();
  const Json all = value_of(parse_json(text.str()));
  ASSERT_GT(all.find("vectors")->items().size(), 30u);
  for (const Json& vector : all.find("vectors")->items()) {
    const std::string& source = vector.find("template")->as_string();
    auto compiled = ChatTemplate::compile(source);
    ASSERT_TRUE(compiled.ok()) << source << "\n" << compiled.error().message();
    auto rendered = compiled->render(*all.find("context"));
    if (!rendered.ok()) {
      ADD_FAILURE() << source << "\n" << rendered.error().message();
    } else {
      EXPECT_EQ(*rendered, vector.find("expected")->as_string()) << source;
    }
  }
}

TEST(TemplatePython, TheClockIsLocal) {
  const auto clock = value_of(ChatTemplate::compile("{{ strftime_now('%Y-%m-%d %H:%M') }}"));
  const char* zone = std::getenv("TZ");
  const std::string before = zone ? zone : "";
  for (const auto& [name, expected] : {std::pair{"UTC0", "2026-01-15 00:00"},
                                       {"EST5", "2026-01-14 19:00"},
                                       {"XYZ-9:30", "2026-01-15 09:30"}}) {
    ::setenv("TZ", name, 1);
    EXPECT_EQ(value_of(clock.render(value_of(parse_json("{}")), 1768435200)), expected) << name;
  }
  zone ? ::setenv("TZ", before.c_str(), 1) : ::unsetenv("TZ");
  ::tzset();
}

TEST(TemplatePython, DatesAreWrittenAsPythonWritesThem) {
  const auto clock = value_of(ChatTemplate::compile("{{ strftime_now(format) }}"));
  const std::string many(1000, 'x');
  for (const auto& [format, expected] :
       {std::pair<std::string, std::string>{"%f|%%f|%%%f", "000000|%f|%000000"},
        {"[%z%Z]", "[]"},
        {"", ""},
        {many, many}}) {
    EXPECT_EQ(value_of(clock.render(Json::object({{"format", format}}), 1768435200)), expected) << format;
  }
}

}  // namespace
}  // namespace tug
