// Where the program's words go: standard output for results, standard error for the person in front of it.
#pragma once

#include <string>
#include <string_view>

#include "tugboat/result.h"

namespace tug {

class Terminal {
 public:
  /// Asks the system about the three standard streams. Environment: TERM, NO_COLOR.
  Terminal();

  /// A person sits at both ends.
  bool interactive() const { return input_is_terminal_ && output_is_terminal_; }
  bool output_is_terminal() const { return output_is_terminal_; }
  bool error_is_terminal() const { return error_is_terminal_; }
  /// Standard error can rewrite its last line.
  bool shows_progress() const { return error_is_terminal_ && !plain_; }

  /// Writes to standard output at once. False when that failed, now or before: then nothing more is written.
  /// A terminal gets no control characters but line feed and tab, whatever a model says.
  bool print(std::string_view text);
  /// The same, dimmed on a terminal.
  bool print_dim(std::string_view text);
  /// One line to standard error; dimmed on a terminal.
  void note(std::string_view line);
  /// To standard error, as it is.
  void write_error(std::string_view text);

  /// The reader of standard output has gone away.
  bool closed() const;
  /// What went wrong with standard output, other than its reader going away.
  Status output_status() const;

 private:
  bool write_output(std::string_view text);

  bool input_is_terminal_, output_is_terminal_, error_is_terminal_;
  bool plain_;     // no escape sequences
  int error_ = 0;  // errno of the first failed write to standard output
};

/// Without control characters other than line feed and tab.
std::string printable(std::string_view text);

}  // namespace tug
