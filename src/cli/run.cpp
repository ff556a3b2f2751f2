#include "base/json.h"
#include "base/units.h"
#include "cli/answer_printer.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/turn_text.h"
#include "cli/verbs.h"
#include "workshop/workshop.h"

namespace tug {
namespace {

constexpr int64_t kTextBytesMax = int64_t{64} << 20;

/// CR LF, as other systems end their lines, becomes LF.
std::string with_line_feeds(std::string text) {
  size_t to = 0;
  for (size_t from = 0; from < text.size(); ++from) {
    if (text[from] != '\r' || from + 1 == text.size() || text[from + 1] != '\n') text[to++] = text[from];
  }
  text.resize(to);
  return text;
}

Result<std::optional<std::string>> read_prompt(const RunCommand& command) {
  if (!command.prompt) return std::optional<std::string>();
  std::string prompt = *command.prompt;
  if (prompt == "-") {
    prompt = with_line_feeds(TUG_TRY(read_input("-", kTextBytesMax)));
    while (!command.chat.raw && prompt.ends_with('\n')) prompt.pop_back();
  }
  if (prompt.empty())
    return Error(ErrorCode::kInvalidArgument, "The prompt is empty; there is nothing to answer.");
  return std::optional(prompt);
}

Result<std::string> read_tools(const std::string& path) {
  if (path.empty()) return std::string();
  std::string text = TUG_TRY(read_input(path, kTextBytesMax));
  const Json tools = TUG_TRY(parse_json(text).in(path));
  if (tools.is_array()) return text;
  return Error(ErrorCode::kInvalidArgument, path + " must hold a JSON array, as the tools of OpenAI's API.");
}

/// One turn for a reader that is no person at a keyboard, or for one who asks only this.
Result<Answer> answer_turn(Conversation& conversation, const std::string& prompt, const RunCommand& command,
                           Terminal& terminal) {
  const InterruptScope interrupt;
  const Model& model = conversation.model();
  std::optional<Progress> progress;
  std::optional<AnswerPrinter> printer;
  if (command.json) {
    progress.emplace(terminal, "answering", streaming_line(model));
  } else {
    const bool person = terminal.output_is_terminal();
    printer.emplace(terminal, person ? ReasoningView::kShown : ReasoningView::kHidden, model);
  }
  std::optional<Streaming> at_first;
  Answer answer = TUG_TRY(conversation.ask({"user", prompt}, [&](const Piece& piece) {
    if (!at_first) at_first = model.streaming();
    return (!printer || printer->take(piece)) && !interrupt.requested();
  }));
  progress.reset();
  if (printer) printer->finish(answer);
  std::optional<Json> stats;
  if (command.stats && at_first) {
    const Streaming during = model.streaming() - *at_first;
    stats = TUG_TRY(run_stats(command.model, command.engine, model, during, answer.timings));
  }
  if (command.json) {
    Json object = answer_json(answer, model.info(), *conversation.settings().seed);
    if (stats) object.set("stats", *stats);
    terminal.print(object.dump() + "\n");
  } else if (stats) {
    for (const std::string& line : stats_lines(*stats)) terminal.note(line);
  }
  if (answer.finish == FinishReason::kContextFull) terminal.note(context_full_note(conversation.session()));
  if (terminal.output_is_terminal() && terminal.error_is_terminal())
    terminal.note(answer_line(answer, model.info()));
  return answer;
}

/// Every line of standard input is a turn, or what stands between """ and """.
Result<int> answer_lines(Conversation& conversation, const RunCommand& command, Terminal& terminal) {
  TurnText turn(false);
  for (bool more = true; more;) {
    const auto line = TUG_TRY(read_line(kTextBytesMax));
    more = line.has_value();
    if (more && !turn.add(*line)) continue;
    const std::string text = turn.take();
    if (text.empty()) continue;
    const Answer answer = TUG_TRY(answer_turn(conversation, text, command, terminal));
    if (terminal.closed()) break;
    if (answer.finish == FinishReason::kCancelled) return kExitInterrupted;
  }
  return kExitSuccess;
}

}  // namespace

std::string context_full_note(const Session& session) {
  return "The context is full: it holds " + format_count(session.capacity()) +
         " tokens, and the answer ends here. A longer one is set with --ctx.";
}

Result<Model> open_model(const std::string& model, ModelOptions options, Terminal& terminal) {
  Progress progress(terminal, "loading the model");
  options.progress = [&](int64_t done, int64_t total) { progress.update(done, total); };
  return Model::open(model, options);
}

Result<int> execute(const RunCommand& command, Terminal& terminal) {
  // Whatever can be wrong with the input is found before a giant is loaded.
  const auto prompt = TUG_TRY(read_prompt(command));
  ChatSettings settings = command.chat;
  settings.tools = TUG_TRY(read_tools(command.tools_file));
  const bool by_hand = !prompt && terminal.interactive() && !command.json;
  if (by_hand && command.stats)
    return Error(ErrorCode::kInvalidArgument, "--stats needs a PROMPT, or turns from a pipe.");
  Model model = TUG_TRY(open_model(command.model, command.engine, terminal));
  if (!settings.raw && !model.text().has_chat_template()) {
    return Error(ErrorCode::kInvalidArgument,
                 "This model has no chat template; use --raw to continue plain text.");
  }
  Session session = TUG_TRY(model.new_session(command.context));
  Conversation conversation(std::move(model), std::move(session), std::move(settings));
  if (by_hand) return chat(conversation, terminal);
  if (!prompt) return answer_lines(conversation, command, terminal);
  const Answer answer = TUG_TRY(answer_turn(conversation, *prompt, command, terminal));
  return answer.finish == FinishReason::kCancelled ? kExitInterrupted : kExitSuccess;
}

}  // namespace tug
