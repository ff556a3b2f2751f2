#include "cli/terminal.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace tug {
namespace {

constexpr const char* kDim = "\x1b[2m";
constexpr const char* kPlain = "\x1b[0m";

/// All of it, or the errno.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

bool wants_no_escapes() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* type = std::getenv("TERM");
  return (no_color && *no_color) || !type || std::strcmp(type, "dumb") == 0;
}

}  // namespace

Terminal::Terminal()
    : input_is_terminal_(::isatty(STDIN_FILENO)),
      output_is_terminal_(::isatty(STDOUT_FILENO)),
      error_is_terminal_(::isatty(STDERR_FILENO)),
      plain_(wants_no_escapes()) {}

bool Terminal::write_output(std::string_view text) {
  if (error_ == 0) error_ = write_all(STDOUT_FILENO, text);
  return error_ == 0;
}

bool Terminal::print(std::string_view text) {
  return write_output(output_is_terminal_ ? printable(text) : std::string(text));
}

bool Terminal::print_dim(std::string_view text) {
  if (!output_is_terminal_ || plain_) return print(text);
  return write_output(kDim + printable(text) + kPlain);
}

void Terminal::note(std::string_view line) {
  const std::string text = printable(line);
  write_error(shows_progress() ? kDim + text + kPlain + "\n" : text + "\n");
}

void Terminal::write_error(std::string_view text) { write_all(STDERR_FILENO, text); }

bool Terminal::closed() const { return error_ == EPIPE; }

Status Terminal::output_status() const {
  if (error_ == 0 || error_ == EPIPE) return {};
  return Error(ErrorCode::kIo,
               std::string("Standard output cannot be written: ") + std::strerror(error_) + ".");
}

std::string printable(std::string_view text) {
  std::string kept;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {  // U+0080 to U+009F: control characters too
      ++i;
    } else if ((byte >= 0x20 && byte != 0x7f) || byte == '\n' || byte == '\t') {
      kept += text[i];
    }
  }
  return kept;
}

}  // namespace tug
