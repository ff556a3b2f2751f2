// The scanner takes exactly the documents that the JSON library takes, and reports the same values.
#include "base/json_events.h"

#include <random>

#include "base/json.h"
#include "support/expect.h"

namespace tug {
namespace {

/// Spells the events: keys with ':', containers with their brackets, everything else with a blank behind.
class Transcript final : public JsonEvents {
 public:
  std::string text;
  Status on_key(std::string_view key) override { return say(std::string(key) + ":"); }
  Status on_string(std::string_view value) override { return say("'" + std::string(value) + "' "); }
  Status on_integer(int64_t value) override { return say(std::to_string(value) + " "); }
  Status on_other() override { return say("other "); }
  Status on_begin(bool object) override { return say(object ? "{" : "["); }
  Status on_end(bool object) override { return say(object ? "}" : "]"); }

 private:
  Status say(const std::string& word) { return text += word, Status(); }
};

void transcribe(const Json& json, Transcript& out) {
  switch (json.kind()) {
    case Json::Kind::kString: return (void)out.on_string(json.as_string());
    case Json::Kind::kInteger: return (void)out.on_integer(json.as_integer());
    case Json::Kind::kArray:
    case Json::Kind::kObject: break;
    default: return (void)out.on_other();
  }
  (void)out.on_begin(json.is_object());
  if (json.is_object()) {
    for (const auto& [key, value] : json.members()) (void)out.on_key(key), transcribe(value, out);
  } else {
    for (const Json& item : json.items()) transcribe(item, out);
  }
  (void)out.on_end(json.is_object());
}

std::string scan(std::string_view text) {
  Transcript events;
  const Status status = scan_json(as_bytes(text), events);
  return status.ok() ? events.text : "error";
}

TEST(JsonScanner, ReportsValues) {
  EXPECT_EQ(scan(R"( {"a" : [1, -20 ,9223372036854775807,-9223372036854775808,0] , "b":{}, "":[] } )"),
            "{a:[1 -20 9223372036854775807 -9223372036854775808 0 ]b:{}:[]}");
  EXPECT_EQ(scan(R"([true,false,null,1.5,-2e9,1E+2,0.0])"), "[other other other other other other other ]");
  EXPECT_EQ(scan(R"(["\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00é😀"])"), "['\"\\/\b\f\n\r\té€😀é😀' ]");
}

TEST(JsonScanner, RefusesWhatIsNotJson) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[1,]",
                           "[,1]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "[1 2]",
                           "1 2",
                           "nul",
                           "trueish",
                           "01",
                           "-",
                           "1.",
                           ".5",
                           "1e",
                           "+1",
                           "\"",
                           "\"a",
                           "\"\\",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\ud800\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\"\n\"",
                           "\"\x80\"",
                           "\"\xc0\xaf\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xf4\x90\x80\x80\"",
                           "\"\xe2\x82\"",
                           "[1]]",
                           "9223372036854775808",
                           "-9223372036854775809",
                           "123456789012345678901234567890"}) {
    EXPECT_EQ(scan(text), "error") << text;
  }
  EXPECT_EQ(scan(std::string_view("\"\0\"", 3)), "error");
  EXPECT_EQ(scan(std::string(100'000, '[')), "error");
}

TEST(JsonScanner, AgreesWithTheLibraryOnMutations) {
  const std::string seed =
      R"({"a\u00e9":{"dtype":"F32","shape":[12,-3,0],"x":[true,null,1.5e-3]},"éàüö":"\ud83d\ude00\n"})";
  constexpr std::string_view kBytes = "{}[]:,\"\\u0d8.-+eE19 tn\x80\xc3\xa9\xf0\n";
  std::mt19937 random(7);
  int valid = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string text = seed;
    for (unsigned edits = 1 + random() % 3; edits-- > 0;) {
      const size_t at = random() % text.size();
      if (random() % 3 == 0) text.erase(at, 1);
      else text[at] = kBytes[random() % kBytes.size()];
    }
    const Result<Json> expected = parse_json(text);
    std::string transcript = "error";
    if (expected.ok()) {
      Transcript events;
      transcribe(expected.value(), events);
      transcript = events.text;
      ++valid;
    }
    ASSERT_EQ(scan(text), transcript) << text;
  }
  EXPECT_GT(valid, 1'000);
}

}  // namespace
}  // namespace tug
