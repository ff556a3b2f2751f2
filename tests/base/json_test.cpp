// JSON documents keep their order and refuse what is not JSON.
#include "base/json.h"

#include "base/random.h"
#include "base/units.h"
#include "base/utf8.h"
#include "support/expect.h"

namespace tug {
namespace {

TEST(Json, RoundTripKeepsOrder) {
  const std::string text = R"({"z":1,"a":[true,null,-2.5,"\u00e9\n"],"big":9007199254740993})";
  EXPECT_EQ(value_of(parse_json(text)).dump(),
            "{\"z\":1,\"a\":[true,null,-2.5,\"é\\n\"],\"big\":9007199254740993}");
}

TEST(Json, OfEqualKeysTheLastOneCounts) {
  const Json json = value_of(parse_json(R"({"a":1,"b":{"c":1,"c":{"d":2}},"a":3})"));
  EXPECT_EQ(json.dump(), R"({"b":{"c":{"d":2}},"a":3})");
  EXPECT_EQ(json.find("a")->as_integer(), 3);
}

TEST(Json, IntegersKeepAllTheirDigits) {
  const std::string text = "[9223372036854775807,9223372036854775808,-123456789012345678901234567890,1e+22]";
  const Json json = value_of(parse_json(text));
  EXPECT_EQ(json.dump(), text);
  EXPECT_EQ(json.items()[1].as_number(), 9223372036854775808.0);
  EXPECT_FALSE(json.items()[1].is_integer());
  EXPECT_FALSE(json.items()[2].whole());
}

TEST(Json, VerbatimTextIsNotTouched) {
  const std::string text = "{\"id\": 18446744073709551616, \"x\": 0.10}";
  EXPECT_EQ(Json::object({{"a", Json::verbatim(text)}, {"b", 1}}).dump(), "{\"a\":" + text + ",\"b\":1}");
}

TEST(Json, SpreadsOverLines) {
  const std::string text = "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": [],\n  \"c\": \"\xEF\xBF\xBD\"\n}";
  const Json json = Json::object(
      {{"a", Json::array({1, Json::object()})}, {"b", Json::array()}, {"c", std::string("\xff")}});
  EXPECT_EQ(json.dump(2), text);
}

TEST(Json, RefusesBrokenText) {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "nul", "\"\xff\"", "1 2"}) {
    EXPECT_FALSE(parse_json(text).ok()) << text;
  }
  EXPECT_FALSE(parse_json(std::string(100000, '[')).ok());
}

TEST(Units, SizesArePowersOf1024) {
  EXPECT_EQ(value_of(parse_size("2G")), 2ll << 30);
  EXPECT_EQ(value_of(parse_size("1.5MiB")), 3ll << 19);
  EXPECT_EQ(value_of(parse_size("7")), 7);
  for (const char* text : {"", "G", "-1", "2X", "2GG", "1e30", "nan"})
    EXPECT_FALSE(parse_size(text).ok()) << text;
  EXPECT_EQ(format_size(1536), "1.50 KiB");
  EXPECT_EQ(format_count(-1234567), "-1,234,567");
}

TEST(Json, AppendedStringsAreThoseOfDump) {
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    std::string text;
    for (uint64_t i = 0; i < seed % 40; ++i) {
      const uint64_t bits = mix_bits(seed * 1000 + i);
      text += bits % 3 == 0 ? "\xc3\xa9" : std::string(1, static_cast<char>(bits >> 8));
    }
    std::string appended;
    append_json_string(appended, text);
    // One U+FFFD may stand for several broken bytes, in either; the texts that they become are valid.
    const std::string read = value_of(parse_json(appended)).as_string();
    bool valid = true;
    for (size_t at = 0; at < text.size() && valid; at += utf8_length(std::string_view(text).substr(at)))
      valid = utf8_length(std::string_view(text).substr(at)) > 0;
    if (valid) {
      EXPECT_EQ(read, text);
      EXPECT_EQ(appended, Json(text).dump());
    } else {
      EXPECT_NE(read.find("\xef\xbf\xbd"), std::string::npos);
    }
  }
}

TEST(Json, TooManyValuesAreRefused) {
  EXPECT_OK(parse_json("[1,2,[]]", 4));
  const auto refused = parse_json("[1,2,[]]", 3);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("too many"), std::string::npos);
}

}  // namespace
}  // namespace tug
