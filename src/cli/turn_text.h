// A turn from the lines that somebody writes: one line, or a text between """ and """.
#pragma once

#include <string>

namespace tug {

class TurnText {
 public:
  /// Lines that end in a backslash go on in the next one, too.
  explicit TurnText(bool backslash) : backslash_(backslash) {}

  /// Takes a line, without its end. True: the turn is complete.
  bool add(const std::string& line);
  /// Lines were added, and more are wanted.
  bool open() const { return quoted_ || continued_; }
  /// The turn so far; then begins another.
  std::string take();

 private:
  bool backslash_;
  bool quoted_ = false, continued_ = false;
  std::string text_;
};

/// Whether a turn that begins with / is a command: its first word is not the name of a file, nor like one; of
/// several lines only those that take a text.
bool is_command(const std::string& turn);

}  // namespace tug
