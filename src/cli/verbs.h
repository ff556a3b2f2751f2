// What each verb does, one file each. The value is the program's exit code.
#pragma once

#include "cli/conversation.h"
#include "cli/options.h"
#include "cli/terminal.h"

namespace tug {

constexpr int kExitSuccess = 0, kExitError = 1, kExitUsage = 2;
constexpr int kExitInterrupted = 130, kExitClosedPipe = 141;  // as a shell reports SIGINT and SIGPIPE

Result<int> execute(const ShowText& command, Terminal& terminal);
Result<int> execute(const RunCommand& command, Terminal& terminal);
Result<int> execute(const ServeCommand& command, Terminal& terminal);
Result<int> execute(const InspectCommand& command, Terminal& terminal);
Result<int> execute(const TokenizeCommand& command, Terminal& terminal);
Result<int> execute(const ScoreCommand& command, Terminal& terminal);
Result<int> execute(const BenchCommand& command, Terminal& terminal);
Result<int> execute(const MakeModelCommand& command, Terminal& terminal);

/// The conversation with a person at the keyboard.
Result<int> chat(Conversation& conversation, Terminal& terminal);

/// Model::open with progress on the terminal.
Result<Model> open_model(const std::string& model, ModelOptions options, Terminal& terminal);

/// A sentence for an answer that ended because the context is full.
std::string context_full_note(const Session& session);

}  // namespace tug
