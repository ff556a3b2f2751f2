#include "cli/progress.h"
#include "cli/verbs.h"

namespace tug {

Result<int> execute(const InspectCommand& command, Terminal& terminal) {
  Progress progress(terminal, "reading the model");
  Inspection inspection = TUG_TRY(inspect(command.model));
  progress.stop();
  std::string text = command.json ? std::move(inspection.json) : std::move(inspection.text);
  if (!text.ends_with('\n')) text += '\n';
  terminal.print(text);
  return kExitSuccess;
}

}  // namespace tug
