// The program: words to a command, a command to an exit code.
#include <signal.h>

#include <exception>
#include <new>

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
