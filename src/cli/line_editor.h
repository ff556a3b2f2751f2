// The prompt of the chat: line editing and history. The library behind it (libedit) is in line_editor.cpp
// only.
#pragma once

#include <memory>
#include <string>

namespace tug {

class LineEditor {
 public:
  struct Input {
    enum class Kind { kLine, kInterrupt, kEnd };  // Ctrl-C; Ctrl-D or the end of the terminal
    Kind kind;
    std::string text;  // UTF-8, without the end of the line; what was pasted may have several
  };

  /// The history is kept in `history_file`, readable by the user alone; empty: for this session only.
  explicit LineEditor(const std::string& history_file);
  ~LineEditor();

  /// Waits for a line. No InterruptScope may live.
  Input read(const std::string& prompt);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// tugboat/history in the user's state folder; empty where there is none. Environment: XDG_STATE_HOME, HOME.
std::string default_history_file();

}  // namespace tug
