#include <algorithm>

#include "base/json.h"
#include "cli/answer_printer.h"
#include "cli/interrupt.h"
#include "cli/line_editor.h"
#include "cli/numbers.h"
#include "cli/report.h"
#include "cli/turn_text.h"
#include "cli/verbs.h"

namespace tug {
namespace {

constexpr const char* kHelp =
    R"text(/help              this list
/clear             forget what was said
/save FILE         keep the chat in a file, with all that the model remembers
/load FILE         go on with a saved chat
/set               all settings
/set NAME VALUE    change one, such as /set temp 0.5
/system TEXT       instructions for the whole chat; without a text: none
/tool TEXT         the result of a tool that the model has called
/exit              the end, as Ctrl-D
A line that ends in \ goes on in the next, and a text of many lines stands between """ and """; what is
pasted is one turn. Ctrl-C stops an answer.
)text";

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

class Chat {
 public:
  Chat(Conversation& conversation, Terminal& terminal) : conversation_(conversation), terminal_(terminal) {}

  void run();

 private:
  std::optional<std::string> read_turn(LineEditor& editor);
  void ask(Message turn);
  template <class Answering>
  void show(Answering answering);
  void obey(const std::string& line);
  Status do_command(const std::string& name, const std::string& argument);
  Status set(const std::string& name, const std::string& value);
  void show_settings();

  Conversation& conversation_;
  Terminal& terminal_;
  ReasoningView reasoning_ = ReasoningView::kFolded;
  bool done_ = false;
};

void Chat::run() {
  terminal_.note(conversation_.model().info().name + ": /help lists the commands, Ctrl-D ends the chat.");
  LineEditor editor(default_history_file());
  while (!done_ && !terminal_.closed()) {
    const auto turn = read_turn(editor);
    if (!turn) break;
    if (turn->empty()) continue;
    if (is_command(*turn)) {
      obey(*turn);
    } else {
      ask({"user", *turn});
    }
  }
}

/// Nothing: the person wants to end.
std::optional<std::string> Chat::read_turn(LineEditor& editor) {
  TurnText turn(true);
  for (bool warned = false;;) {
    const auto input = editor.read(turn.open() ? ". " : "> ");
    if (input.kind != LineEditor::Input::Kind::kLine) terminal_.print("\n");
    if (input.kind == LineEditor::Input::Kind::kEnd) return std::nullopt;
    if (input.kind == LineEditor::Input::Kind::kInterrupt) {
      if (warned) return std::nullopt;
      terminal_.note("Ctrl-C again or Ctrl-D ends the chat.");
      warned = true;
      turn.take();
      continue;
    }
    if (turn.add(input.text)) return turn.take();
  }
}

void Chat::ask(Message turn) {
  show([&](const OnPiece& on_piece) { return conversation_.ask(std::move(turn), on_piece); });
}

/// Prints an answer as it comes.
template <class Answering>
void Chat::show(Answering answering) {
  AnswerPrinter printer(terminal_, reasoning_, conversation_.model());
  const InterruptScope interrupt;
  const auto result =
      answering([&](const Piece& piece) { return printer.take(piece) && !interrupt.requested(); });
  if (!result.ok()) {
    printer.finish({});
    terminal_.write_error(error_line(result.error()) + "\n");
    return;
  }
  const Answer& answer = result.value();
  printer.finish(answer);
  if (answer.finish == FinishReason::kContextFull) terminal_.note(context_full_note(conversation_.session()));
  terminal_.note(answer_line(answer, conversation_.model().info()));
}

void Chat::obey(const std::string& line) {
  const size_t blank = std::min(line.find_first_of(" \t\n"), line.size());
  const Status status = do_command(line.substr(1, blank - 1), trimmed(line.substr(blank)));
  if (!status.ok()) terminal_.write_error(error_line(status.error()) + "\n");
}

Status Chat::do_command(const std::string& name, const std::string& argument) {
  if (name == "exit" || name == "quit" || name == "bye") {
    done_ = true;
  } else if (name == "help" || name == "?") {
    terminal_.print(kHelp);
  } else if (name == "clear") {
    TUG_TRY(conversation_.clear());
    terminal_.note("Forgotten.");
  } else if (name == "save" || name == "load") {
    if (argument.empty())
      return Error(ErrorCode::kInvalidArgument, "/" + name + " needs the name of a file.");
    TUG_TRY(name == "save" ? conversation_.save(argument) : conversation_.load(argument));
    terminal_.note(name == "save" ? "Saved."
                                  : "Loaded " + std::to_string(conversation_.turns().size()) + " turns.");
  } else if (name == "set") {
    const size_t blank = std::min(argument.find_first_of(" \t"), argument.size());
    if (argument.empty()) return show_settings(), Status();
    return set(argument.substr(0, blank), trimmed(argument.substr(blank)));
  } else if (name == "system") {
    conversation_.settings().system = argument;
  } else if (name == "tool") {
    show([&](const OnPiece& on_piece) { return conversation_.answer_tool(argument, on_piece); });
  } else {
    return Error(ErrorCode::kInvalidArgument,
                 "There is no command " + in_quotes("/" + name) + "; /help lists them.");
  }
  return {};
}

Status Chat::set(const std::string& name, const std::string& value) {
  ChatSettings& settings = conversation_.settings();
  for (const SamplingSetting& setting : sampling_settings()) {
    if (name != setting.name) continue;
    settings.sampling.*setting.value = TUG_TRY(read_setting(setting, name, value));
    return {};
  }
  if (name == "seed") {
    settings.seed = TUG_TRY(parse_whole(name, value, 0, INT64_MAX));
  } else if (name == "tokens") {
    settings.tokens_max = TUG_TRY(parse_whole(name, value, -1, INT32_MAX));
  } else if (name == "think" && (value == "on" || value == "off")) {
    settings.thinking = value == "on";
  } else if (name == "reasoning" && (value == "show" || value == "fold")) {
    reasoning_ = value == "show" ? ReasoningView::kShown : ReasoningView::kFolded;
  } else {
    return Error(ErrorCode::kInvalidArgument, "There is no setting " +
                                                  in_quotes(trimmed(name + " " + value)) +
                                                  "; /set alone lists them with their values.");
  }
  return {};
}

void Chat::show_settings() {
  const ChatSettings& settings = conversation_.settings();
  SamplingChoice now = settings.sampling;
  const Sampling sampling = now.over(conversation_.model().text().default_sampling());
  now = SamplingChoice::of(sampling);
  std::string text;
  for (const SamplingSetting& setting : sampling_settings()) {
    text += std::string(setting.name) + " " + number_text(*(now.*setting.value)) + "\n";
  }
  text += "seed " + std::to_string(*settings.seed) + "\ntokens " + std::to_string(settings.tokens_max) + "\n";
  text += std::string("think ") +
          (!settings.thinking   ? "on or off; now as the model likes"
           : *settings.thinking ? "on"
                                : "off") +
          "\n";
  text += std::string("reasoning ") + (reasoning_ == ReasoningView::kShown ? "show" : "fold") + "\n";
  terminal_.print(text);
}

}  // namespace

Result<int> chat(Conversation& conversation, Terminal& terminal) {
  Chat(conversation, terminal).run();
  return kExitSuccess;
}

}  // namespace tug
