#include "cli/line_editor.h"

#include <fcntl.h>
#include <histedit.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string_view>

#include "cli/interrupt.h"

namespace tug {
namespace {

constexpr int kHistoryLines = 1000;

/// The editor's characters are those of the locale; where that has no UTF-8, the C library's own has.
void use_utf8() {
  if (!std::setlocale(LC_CTYPE, "") || std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }
}

std::wstring wide(const std::string& text) {
  std::wstring result(text.size(), L'\0');
  const size_t count = std::mbstowcs(result.data(), text.c_str(), result.size());
  result.resize(count == static_cast<size_t>(-1) ? 0 : count);
  return result;
}

std::string narrow(const wchar_t* text) {
  std::string result(std::wcslen(text) * MB_CUR_MAX + 1, '\0');
  const size_t count = std::wcstombs(result.data(), text, result.size());
  result.resize(count == static_cast<size_t>(-1) ? 0 : count);
  return result;
}

/// One byte of the terminal. 0: its end; -1: Ctrl-C came first.
int read_byte(int interrupt, char* byte) {
  while (true) {
    pollfd ready[] = {{STDIN_FILENO, POLLIN, 0}, {interrupt, POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0 && errno != EINTR) return 0;
    if (ready[1].revents) return -1;
    if (!ready[0].revents) continue;
    const ssize_t count = ::read(STDIN_FILENO, byte, 1);
    if (count < 0 && errno == EINTR) continue;
    return count == 1 ? 1 : 0;
  }
}

// All that the handler of a signal that ends the program may touch.
constexpr int kEnding[] = {SIGTERM, SIGHUP};
termios terminal_before;
bool paste_is_marked = false;

void mark_paste(bool marked) {
  const char* sequence = marked ? "\x1b[?2004h" : "\x1b[?2004l";
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, sequence, std::strlen(sequence));
}

void on_ending(int signal) {
  if (paste_is_marked) mark_paste(false);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

/// While it lives the terminal marks what is pasted, if it can, so that line ends in it end no line. The
/// terminal is as before afterwards, also when a signal ends the program. At most one at a time.
class EditedTerminal {
 public:
  explicit EditedTerminal(bool marked) {
    ::tcgetattr(STDIN_FILENO, &terminal_before);
    paste_is_marked = marked;
    struct sigaction action = {};
    action.sa_handler = on_ending;
    for (size_t i = 0; i < std::size(kEnding); ++i) ::sigaction(kEnding[i], &action, &before_[i]);
    if (marked) mark_paste(true);
  }
  ~EditedTerminal() {
    if (paste_is_marked) mark_paste(false);
    for (size_t i = 0; i < std::size(kEnding); ++i) ::sigaction(kEnding[i], &before_[i], nullptr);
  }

 private:
  struct sigaction before_[std::size(kEnding)];
};

/// With one made the other by the terminal, a pasted CR LF would be the ends of two lines.
void keep_line_ends() {
  termios now;
  if (::tcgetattr(STDIN_FILENO, &now) != 0) return;
  now.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &now);
}

constexpr const wchar_t* kPasteBegins = L"\x1b[200~";
constexpr std::wstring_view kPasteEnds = L"\x1b[201~";

/// Pasted text as it goes into the line: line feeds for all line ends, and no other control characters.
std::wstring clean(const std::wstring& pasted) {
  std::wstring text;
  for (size_t i = 0; i < pasted.size(); ++i) {
    const wchar_t c = pasted[i];
    if (c == L'\r') text += L'\n';
    else if (c == L'\n' && i > 0 && pasted[i - 1] == L'\r') continue;
    else if (c >= L' ' || c == L'\n' || c == L'\t') text += c;
  }
  return text;
}

}  // namespace

struct LineEditor::Parts {
  EditLine* editor = nullptr;
  HistoryW* history = nullptr;
  std::string history_file;
  std::wstring prompt;
  int interrupt = -1;  // readable after Ctrl-C
  bool marks_paste = false;

  static Parts& of(EditLine* editor) {
    void* parts = nullptr;
    el_wget(editor, EL_CLIENTDATA, &parts);
    return *static_cast<Parts*>(parts);
  }

  static wchar_t* show_prompt(EditLine* editor) { return of(editor).prompt.data(); }

  /// Puts what is pasted into the line.
  static unsigned char paste(EditLine* editor, wint_t) {
    std::wstring text;
    wchar_t character = 0;
    while (!text.ends_with(kPasteEnds)) {
      if (el_wgetc(editor, &character) != 1) return CC_EOF;
      text += character;
    }
    text.resize(text.size() - kPasteEnds.size());
    text = clean(text);
    if (!text.empty() && el_winsertstr(editor, text.c_str()) != 0) return CC_ERROR;
    return CC_REFRESH;
  }

  /// The editor's source of characters: 1, or 0 at the end and -1 to give up.
  static int read_character(EditLine* editor, wchar_t* character) {
    std::mbstate_t state = {};
    while (true) {
      char byte = 0;
      const int count = read_byte(of(editor).interrupt, &byte);
      if (count != 1) return count;
      const size_t length = std::mbrtowc(character, &byte, 1, &state);
      if (length == static_cast<size_t>(-2)) continue;  // more bytes belong to it
      if (length == static_cast<size_t>(-1)) *character = L'\ufffd';
      return 1;
    }
  }
};

LineEditor::LineEditor(const std::string& history_file) : parts_(std::make_unique<Parts>()) {
  use_utf8();
  Parts& parts = *parts_;
  const char* type = std::getenv("TERM");
  parts.marks_paste = type && std::strcmp(type, "dumb") != 0;
  HistEventW event;
  parts.history = history_winit();
  history_w(parts.history, &event, H_SETSIZE, kHistoryLines);
  history_w(parts.history, &event, H_SETUNIQUE, 1);
  parts.history_file = history_file;
  if (!history_file.empty()) history_w(parts.history, &event, H_LOAD, history_file.c_str());

  parts.editor = el_init("tug", stdin, stdout, stderr);
  el_wset(parts.editor, EL_CLIENTDATA, parts_.get());
  el_wset(parts.editor, EL_PROMPT, &Parts::show_prompt);
  el_wset(parts.editor, EL_GETCFN, &Parts::read_character);
  el_wset(parts.editor, EL_EDITOR, L"emacs");
  el_wset(parts.editor, EL_HIST, history_w, parts.history);
  el_wset(parts.editor, EL_BIND, L"^R", L"em-inc-search-prev", nullptr);
  el_wset(parts.editor, EL_ADDFN, L"tug-paste", L"Takes in what is pasted", &Parts::paste);
  el_wset(parts.editor, EL_BIND, kPasteBegins, L"tug-paste", nullptr);
}

LineEditor::~LineEditor() {
  Parts& parts = *parts_;
  el_end(parts.editor);
  if (!parts.history_file.empty()) {
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(parts.history_file).parent_path(), ignored);
    const int made = ::open(parts.history_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (made >= 0) ::close(made);
    HistEventW event;
    history_w(parts.history, &event, H_SAVE, parts.history_file.c_str());
  }
  history_wend(parts.history);
}

LineEditor::Input LineEditor::read(const std::string& prompt) {
  Parts& parts = *parts_;
  const InterruptScope interrupt;
  parts.interrupt = interrupt.descriptor();
  parts.prompt = wide(prompt);
  el_resize(parts.editor);
  const EditedTerminal terminal(parts.marks_paste);
  el_wset(parts.editor, EL_PREP_TERM, 1);  // before the prompt shows: a key pressed at once counts, too
  keep_line_ends();
  int count = 0;
  const wchar_t* line = el_wgets(parts.editor, &count);
  if (!line || count <= 0) {
    return {interrupt.requested() ? Input::Kind::kInterrupt : Input::Kind::kEnd, {}};
  }
  std::string text = narrow(line);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (!text.empty()) {
    HistEventW event;
    history_w(parts.history, &event, H_ENTER, wide(text).c_str());
  }
  return {Input::Kind::kLine, std::move(text)};
}

std::string default_history_file() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state && *state == '/') return std::string(state) + "/tugboat/history";
  if (home && *home == '/') return std::string(home) + "/.local/state/tugboat/history";
  return {};
}

}  // namespace tug
