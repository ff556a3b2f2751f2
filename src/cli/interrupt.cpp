#include "cli/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "base/check.h"

namespace tug {
namespace {

// All that a signal handler may touch.
volatile sig_atomic_t requested_now = 0;
int wake_pipe[2] = {-1, -1};
struct sigaction action_before;

void on_interrupt(int) {
  const int error = errno;
  if (requested_now) {  // nobody listens: as if we had never been here
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
  }
  requested_now = 1;
  [[maybe_unused]] const ssize_t written = write(wake_pipe[1], "", 1);
  errno = error;
}

}  // namespace

InterruptScope::InterruptScope() {
  TUG_CHECK(wake_pipe[0] < 0);
  TUG_CHECK(pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) == 0);
  requested_now = 0;
  struct sigaction action = {};
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &action_before);
}

InterruptScope::~InterruptScope() {
  sigaction(SIGINT, &action_before, nullptr);
  close(wake_pipe[0]);
  close(wake_pipe[1]);
  wake_pipe[0] = wake_pipe[1] = -1;
}

bool InterruptScope::requested() const { return requested_now != 0; }
int InterruptScope::descriptor() const { return wake_pipe[0]; }

}  // namespace tug
