#include "cli/turn_text.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace tug {
namespace {

constexpr std::string_view kQuotes = "\"\"\"";

}  // namespace

bool TurnText::add(const std::string& line) {
  if (!quoted_ && !continued_ && line.starts_with(kQuotes)) {
    quoted_ = true;
    text_ = line.substr(kQuotes.size());
  } else if (quoted_) {
    text_ += (text_.empty() ? "" : "\n") + line;
  } else {
    text_ += line;
  }
  if (quoted_) {
    if (!text_.ends_with(kQuotes)) return false;
    text_.resize(text_.size() - kQuotes.size());
    while (text_.ends_with('\n')) text_.pop_back();
    return true;
  }
  continued_ = backslash_ && text_.ends_with('\\');
  if (continued_) text_.back() = '\n';
  return !continued_;
}

std::string TurnText::take() {
  quoted_ = continued_ = false;
  return std::exchange(text_, {});
}

bool is_command(const std::string& turn) {
  if (!turn.starts_with('/')) return false;
  const std::string word = turn.substr(0, std::min(turn.find_first_of(" \t\n"), turn.size()));
  if (turn.find('\n') != std::string::npos) return word == "/system" || word == "/tool";
  std::error_code ignored;
  return word.find_first_of("/.", 1) == std::string::npos &&
         (word == "/" || !std::filesystem::exists(word, ignored));
}

}  // namespace tug
