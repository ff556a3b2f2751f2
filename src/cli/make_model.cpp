#include <filesystem>

#include "base/units.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/verbs.h"

namespace tug {

Result<int> execute(const MakeModelCommand& command, Terminal& terminal) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(command.file, ignored))) {
    return Error(ErrorCode::kInvalidArgument,
                 command.file + " is there already; remove it or choose another name.");
  }
  const InterruptScope interrupt;
  NewFile file = TUG_TRY(NewFile::create(command.file));
  Progress progress(terminal, "writing " + command.file);
  int64_t done = 0;
  auto size = make_model(command.options, [&](ByteView bytes, int64_t total) -> Status {
    if (interrupt.requested()) return Error(ErrorCode::kCancelled, "The model was not finished.");
    TUG_TRY(file.write(bytes));
    done += static_cast<int64_t>(bytes.size());
    progress.update(done, total);
    return {};
  });
  if (interrupt.requested()) return kExitInterrupted;
  if (!size.ok()) return size.error();
  if (command.options.sparse) TUG_TRY(file.extend(*size));
  TUG_TRY(file.commit());
  progress.stop();
  terminal.print(command.file + ": " + format_size(*size) + (command.options.sparse ? ", sparse\n" : "\n"));
  return kExitSuccess;
}

}  // namespace tug
