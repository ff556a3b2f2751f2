// Stop strings end the text exactly before them, however the pieces fall.
#include "text/stop_strings.h"

#include <gtest/gtest.h>

namespace tug {
namespace {

std::string run(const std::vector<std::string>& stops, const std::string& text, size_t piece) {
  StopStrings watcher(stops);
  std::string shown;
  for (size_t at = 0; at < text.size(); at += piece) shown += watcher.push(text.substr(at, piece));
  return shown + watcher.finish() + (watcher.found() ? "|" : "");
}

TEST(StopStrings, CutAtTheFirst) {
  for (size_t piece = 1; piece < 12; ++piece) {
    EXPECT_EQ(run({"END", "DONE"}, "hello EN END more", piece), "hello EN |");
    EXPECT_EQ(run({"END"}, "hello EN", piece), "hello EN");
    EXPECT_EQ(run({"aab"}, "aaaab", piece), "aa|");
    EXPECT_EQ(run({"", "\n\n"}, "a\nb\n\nc", piece), "a\nb|");
    EXPECT_EQ(run({}, "anything", piece), "anything");
  }
}

TEST(StopStrings, HoldsBackOnlyWhatMayBeAStop) {
  StopStrings watcher({"xyz"});
  EXPECT_EQ(watcher.push("ab"), "ab");
  EXPECT_EQ(watcher.push("cxy"), "c");
  EXPECT_EQ(watcher.push("q"), "xyq");
}

}  // namespace
}  // namespace tug
