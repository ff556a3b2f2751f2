// The program: words to a command, a command to an exit code.
#include <fcntl.h>
#include <signal.h>

#include <exception>
#include <new>
#include <utility>

#include "cli/report.h"
#include "cli/verbs.h"

namespace tug {

Result<int> execute(const ShowText& command, Terminal& terminal) {
  terminal.print(command.text);
  return kExitSuccess;
}

namespace {

int fail(const Error& error, int exit_code, Terminal& terminal) {
  terminal.write_error(error_line(error) + "\n");
  return exit_code;
}

/// A standard stream that was closed would become the next file that is opened. In its place comes one whose
/// use is an error, but for standard error, which is only silent.
void open_closed_streams() {
  for (const auto& [stream, mode] : {std::pair{0, O_WRONLY}, {1, O_RDONLY}, {2, O_RDWR}}) {
    if (fcntl(stream, F_GETFD) < 0) [[maybe_unused]]
      const int opened = open("/dev/null", mode);
  }
}

int run_program(const std::vector<std::string>& words, Terminal& terminal) {
  const auto command = parse_command_line(words);
  if (!command.ok()) return fail(command.error(), kExitUsage, terminal);
  const auto code = std::visit([&](const auto& one) { return execute(one, terminal); }, command.value());
  if (!code.ok()) return fail(code.error(), kExitError, terminal);
  if (terminal.closed()) return kExitClosedPipe;
  const Status written = terminal.output_status();
  return written.ok() ? code.value() : fail(written.error(), kExitError, terminal);
}

}  // namespace
}  // namespace tug

int main(int argc, char** argv) {
  tug::open_closed_streams();
  signal(SIGPIPE, SIG_IGN);  // a closed pipe is seen when writing to it
  tug::Terminal terminal;
  try {
    return tug::run_program({argv + 1, argv + argc}, terminal);
  } catch (const std::bad_alloc&) {
    terminal.write_error("tug: There is not enough memory.\n");
  } catch (const std::exception& error) {  // of the libraries below; ours return errors
    terminal.write_error(std::string("tug: Unexpected: ") + error.what() + "\n");
  }
  return tug::kExitError;
}
