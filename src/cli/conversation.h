// A chat: its turns, the settings for the next answer, and the session that remembers it all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/sampling_choice.h"
#include "tugboat/model.h"

namespace tug {

struct ChatSettings {
  SamplingChoice sampling;
  std::optional<int64_t> seed;
  int64_t tokens_max = -1;
  std::vector<std::string> stop;
  bool ignore_stop_tokens = false;
  std::string system;
  std::string tools;  // OpenAI's array
  std::optional<bool> thinking;
  bool raw = false;  // plain text, continued without a template
};

class Conversation {
 public:
  /// A seed is drawn where the settings name none.
  Conversation(Model model, Session session, ChatSettings settings);

  /// One more turn and the answer to it; both stay. After an error the conversation is as before.
  Result<Answer> ask(Message turn, const OnPiece& on_piece);

  /// The same with the result of the first tool call of the last answer that has none yet. Errors, too:
  /// kInvalidArgument when the model has called no tool.
  Result<Answer> answer_tool(std::string result, const OnPiece& on_piece);

  /// Forgets all turns. The settings stay.
  Status clear();

  /// Turns, system text and the session's state, in one file. Errors: kIo.
  Status save(const std::string& path) const;
  /// Takes the place of what was said so far. Errors: kNotFound, kCorrupt; kInvalidArgument for another
  /// model's file. After an error the turns are as before.
  Status load(const std::string& path);

  ChatSettings& settings() { return settings_; }
  const std::vector<Message>& turns() const { return turns_; }
  const Model& model() const { return model_; }
  const Session& session() const { return session_; }

 private:
  Result<Prompt> next_prompt() const;
  GenerateOptions generate_options() const;

  Model model_;
  Session session_;
  ChatSettings settings_;
  std::vector<Message> turns_;
};

}  // namespace tug
