// Names from files in messages: short, printable, whole characters.
#include "base/printable.h"

#include "base/utf8.h"
#include "support/expect.h"

namespace tug {
namespace {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

TEST(Printable, LongNamesAreShortenedInTheMiddle) {
  EXPECT_EQ(printable("model.layers.0"), "model.layers.0");
  EXPECT_EQ(shortened("0123456789abcdef", 12), "012345...def");
  EXPECT_EQ(shortened("0123456789ab", 12), "0123456789ab");
  const std::string name = printable("first" + std::string(100'000, 'x') + "last");
  EXPECT_EQ(name.size(), 120u);
  EXPECT_TRUE(name.starts_with("firstx") && name.ends_with("xlast"));
}

TEST(Printable, CharactersStayWhole) {
  for (const std::string character : {"é", "中", "😀", "\xff", "\xbf"}) {
    for (const std::string start : {"", "a", "ab", "abc"}) {
      std::string text = start;
      while (text.size() < 1000) text += character;
      for (const size_t size : {0, 3, 4, 5, 17, 120, 121, 122, 123}) {
        const std::string out = printable(text, size);
        EXPECT_TRUE(is_utf8(out)) << out;
        EXPECT_LE(out.size(), std::max<size_t>(size, 3));
      }
    }
  }
}

TEST(Printable, NothingSteersTheTerminal) {
  EXPECT_EQ(printable(std::string_view("a\x1b[31m\n\r\0\x7f", 10)), "a?[31m????");
  EXPECT_EQ(printable("\u009b31m \u0085"), "?31m ?");
  EXPECT_EQ(printable("\u202e \u2066 \u2028"), "? ? ?");
  EXPECT_EQ(printable("\xc3("), "?(");
  EXPECT_EQ(printable("日本語 é 😀 ‑"), "日本語 é 😀 ‑");
}

TEST(ErrorMessages, StayShortWhateverTheyQuote) {
  const std::string huge = "name \x1b" + std::string(24'000, 'n') + "😀";
  const Error plain(ErrorCode::kCorrupt, "The tensor " + huge + " is there twice; what to do.");
  EXPECT_LE(plain.message().size(), 1024u);
  EXPECT_TRUE(plain.message().starts_with("The tensor name ?nnn"));
  EXPECT_TRUE(plain.message().ends_with("is there twice; what to do."));
  Error error(ErrorCode::kCorrupt, huge + huge);
  for (int i = 0; i < 20; ++i) {
    error = std::move(error).in("tensor " + huge);
    error = std::move(error).in("file " + std::to_string(i));
    EXPECT_LE(error.message().size(), 1024u);
    EXPECT_TRUE(is_utf8(error.message()));
    EXPECT_TRUE(error.message().ends_with("\n  in file " + std::to_string(i)));
    EXPECT_TRUE(error.message().starts_with("name ?nnn"));
  }
}

TEST(ErrorMessages, ShortOnesAreAsWritten) {
  const Error error = Error(ErrorCode::kIo, "One.\nTwo é.").in("file x");
  EXPECT_EQ(error.message(), "One.\nTwo é.\n  in file x");
}

}  // namespace
}  // namespace tug
