#include "cli/conversation.h"

#include <algorithm>
#include <random>

#include "cli/chat_file.h"
#include "cli/files.h"

namespace tug {

Conversation::Conversation(Model model, Session session, ChatSettings settings)
    : model_(std::move(model)), session_(std::move(session)), settings_(std::move(settings)) {
  if (!settings_.seed) settings_.seed = std::random_device()();
}

Result<Prompt> Conversation::next_prompt() const {
  if (!settings_.raw) {
    std::vector<Message> messages = turns_;
    if (!settings_.system.empty()) messages.insert(messages.begin(), Message{"system", settings_.system});
    return model_.text().chat_prompt(messages, {.tools = settings_.tools, .thinking = settings_.thinking});
  }
  std::string text;
  for (size_t i = 0; i < turns_.size(); ++i) {
    if (i > 0 && turns_[i].role == "user") text += '\n';
    text += turns_[i].content.text();
  }
  return model_.text().raw_prompt(text);
}

GenerateOptions Conversation::generate_options() const {
  GenerateOptions options;
  options.sampling = settings_.sampling.over(model_.text().default_sampling());
  options.sampling.seed = static_cast<uint64_t>(*settings_.seed);
  options.tokens_max = settings_.tokens_max;
  options.stop = settings_.stop;
  options.ignore_stop_tokens = settings_.ignore_stop_tokens;
  return options;
}

Result<Answer> Conversation::ask(Message turn, const OnPiece& on_piece) {
  turns_.push_back(std::move(turn));
  Result<Prompt> prompt = next_prompt();
  Result<Answer> answer = prompt.ok() ? session_.generate(*prompt, generate_options(), on_piece)
                                      : Result<Answer>(std::move(prompt).error());
  if (!answer.ok()) {
    turns_.pop_back();
    return answer;
  }
  turns_.push_back({"assistant", answer->text, answer->reasoning, answer->tool_calls});
  return answer;
}

Result<Answer> Conversation::answer_tool(std::string result, const OnPiece& on_piece) {
  size_t answered = 0;
  auto turn = turns_.rbegin();
  for (; turn != turns_.rend() && turn->role == "tool"; ++turn) ++answered;
  if (turn == turns_.rend() || turn->tool_calls.empty())
    return Error(ErrorCode::kInvalidArgument, "The model has not called a tool.");
  const ToolCall& call = turn->tool_calls[std::min(answered, turn->tool_calls.size() - 1)];
  Message message{"tool", std::move(result)};
  message.tool_call_id = call.id;
  message.name = call.name;
  return ask(std::move(message), on_piece);
}

Status Conversation::clear() {
  turns_.clear();
  return session_.clear();
}

Status Conversation::save(const std::string& path) const {
  return write_chat_file(path, {model_.info().name, settings_.system, settings_.raw, turns_}, session_);
}

Status Conversation::load(const std::string& path) {
  InputFile input = TUG_TRY(InputFile::open(path));
  ChatFile file = TUG_TRY(read_chat(input).in(path));
  if (file.model != model_.info().name) {
    return Error(ErrorCode::kInvalidArgument, path + " is a chat with the model \"" + file.model +
                                                  "\", and this is \"" + model_.info().name + "\".");
  }
  Session session = TUG_TRY(model_.new_session(session_.capacity()));
  TUG_TRY(read_state(input, session).in(path));
  session_ = std::move(session);
  settings_.system = std::move(file.system);
  settings_.raw = file.raw;
  turns_ = std::move(file.turns);
  return {};
}

}  // namespace tug
