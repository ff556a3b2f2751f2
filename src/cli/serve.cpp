#include <unistd.h>

#include <sstream>

#include "base/units.h"
#include "cli/files.h"
#include "cli/verbs.h"
#include "server/server.h"
#include "workshop/workshop.h"

namespace tug {
namespace {

constexpr int64_t kKeyBytesMax = 1 << 20;  // of all

/// One key a line; lines without one, and those that begin with #, are for people.
Result<std::vector<std::string>> read_keys(const ServeCommand& command) {
  std::vector<std::string> keys = command.server.api_keys;
  if (command.key_file.empty()) return keys;
  std::istringstream lines(TUG_TRY(read_input(command.key_file, kKeyBytesMax)));
  size_t in_file = 0;
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    keys.push_back(line);
    ++in_file;
  }
  if (in_file > 0) return keys;
  return Error(ErrorCode::kInvalidArgument,
               command.key_file + " must hold an API key, or several, one a line.");
}

std::string welcome(const ServeCommand& command, const Server& server, const std::string& model) {
  const bool wide = server.host() == "0.0.0.0" || server.host() == "::";
  const bool v6 = server.host().find(':') != std::string::npos;
  const std::string host = wide ? "127.0.0.1" : v6 ? "[" + server.host() + "]" : server.host();
  const std::string url = "http://" + host + ":" + std::to_string(server.port());
  const std::string key = command.server.api_keys.empty() ? "none" : "KEY";
  std::string text = "Tugboat serves " + model + " at " + url + ", " + format_count(server.context()) +
                     " tokens of context. Ctrl-C ends it.\n\n";
  text += "  curl " + url + "/v1/chat/completions" +
          (command.server.api_keys.empty() ? "" : " -H 'Authorization: Bearer KEY'") +
          " -d '{\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}'\n";
  text += "  Codex        codex -c model_provider=tug -c model=" + model +
          " -c 'model_providers.tug={name=\"tug\",base_url=\"" + url + "/v1\",wire_api=\"responses\"}'\n";
  text += "  Claude Code  ANTHROPIC_BASE_URL=" + url + " ANTHROPIC_AUTH_TOKEN=" + key +
          " ANTHROPIC_MODEL=" + model + " claude\n";
  text += "  OpenAI SDKs  base URL " + url + "/v1, API key " + key + "\n";
  return text;
}

}  // namespace

Result<int> execute(const ServeCommand& asked, Terminal& terminal) {
  ServeCommand command = asked;
  command.server.api_keys = TUG_TRY(read_keys(command));
  command.server.log = [](std::string_view line) {
    const std::string text = std::string(line) + "\n";  // one write: lines of several threads do not mix
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
  };
  Model model = TUG_TRY(open_model(command.model, command.engine, terminal));
  command.server.speed = TUG_TRY(read_speed(command.model, command.engine, model));
  const std::string name = model.info().name;
  Server server = TUG_TRY(Server::open(std::move(model), command.server));
  terminal.print(welcome(command, server, name));
  server.run(true);
  return kExitSuccess;
}

}  // namespace tug
