#include "cli/files.h"
#include "cli/numbers.h"
#include "cli/verbs.h"

namespace tug {
namespace {

constexpr int64_t kTextBytesMax = int64_t{1} << 30;

Result<std::string> encoded(const ModelText& text, const TokenizeCommand& command) {
  const std::string input = command.text ? *command.text : TUG_TRY(read_input("-", kTextBytesMax));
  std::string line;
  for (int32_t id : TUG_TRY(text.encode(input, command.special))) {
    if (!line.empty()) line += ' ';
    line += std::to_string(id);
  }
  return line + "\n";
}

Result<std::string> decoded(const ModelText& text, const std::string& ids_text) {
  const std::string input = ids_text == "-" ? TUG_TRY(read_input("-", kTextBytesMax)) : ids_text;
  return text.decode(TUG_TRY(parse_ids(input)), true);
}

}  // namespace

Result<int> execute(const TokenizeCommand& command, Terminal& terminal) {
  const ModelText text = TUG_TRY(ModelText::open(command.model));
  std::string output = command.ids ? TUG_TRY(decoded(text, *command.ids)) : TUG_TRY(encoded(text, command));
  // Elsewhere a text is passed on to its last byte.
  if (terminal.output_is_terminal() && !output.ends_with('\n')) output += '\n';
  terminal.print(output);
  return kExitSuccess;
}

}  // namespace tug
