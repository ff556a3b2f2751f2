// JSON documents keep their order and refuse what is not JSON.
#include "base/json.h"

#include "base/units.h"
#include "support/expect.h"

namespace tug {
namespace {

TEST(Json, RoundTripKeepsOrder) {
  const std::string text = R"({"z":1,"a":[true,null,-2.5,"\u00e9\n"],"big":9007199254740993})";
  EXPECT_EQ(value_of(parse_json(text)).dump(),
            "{\"z\":1,\"a\":[true,null,-2.5,\"é\\n\"],\"big\":9007199254740993}");
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

}  // namespace
}  // namespace tug
