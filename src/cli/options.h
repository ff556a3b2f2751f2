// What the user asks for: one struct per verb, filled from the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/conversation.h"
#include "server/server.h"
#include "tugboat/model.h"
#include "workshop/workshop.h"

namespace tug {

/// A text to print, and nothing else to do.
struct ShowText {
  std::string text;
};

struct RunCommand {
  std::string model = "demo";
  std::optional<std::string> prompt;  // "-": standard input
  ModelOptions engine;
  ChatSettings chat;
  std::string tools_file;
  int64_t context = 0;
  bool json = false, stats = false;
};

struct ServeCommand {
  std::string model = "demo";
  ModelOptions engine;
  ServerOptions server;
  std::string key_file;
};

struct InspectCommand {
  std::string model = "demo";
  bool json = false;
};

struct TokenizeCommand {
  std::string model = "demo";
  std::optional<std::string> text;  // absent: standard input
  std::optional<std::string> ids;   // given: the other way round
  bool special = false;
};

struct ScoreCommand {
  std::string model = "demo";
  std::string file;  // of text, or of ids
  bool holds_ids = false;
  ModelOptions engine;
  std::string logits_file;
  bool special = false, json = false;
};

struct BenchCommand {
  BenchOptions options;
  std::string output = "md";
};

struct MakeModelCommand {
  MakeModelOptions options;
  std::string file;
};

using Command = std::variant<ShowText, RunCommand, ServeCommand, InspectCommand, TokenizeCommand,
                             ScoreCommand, BenchCommand, MakeModelCommand>;

/// Reads the words after the program's name. Errors: kInvalidArgument, for the user's eyes.
Result<Command> parse_command_line(const std::vector<std::string>& words);

}  // namespace tug
