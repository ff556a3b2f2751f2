// The messages of a conversation in the order that chat templates accept.
#pragma once

#include <string>
#include <vector>

#include "tugboat/types.h"

namespace tug {

class ConversationBuilder {
 public:
  /// Instructions. Those at the beginning become one system message. Qwen's templates refuse later ones, and
  /// moving them up would change what was computed before: they stay in their place as the user's words.
  void add_instructions(const std::string& text);
  void add(Message message) { messages_.push_back(std::move(message)); }

  /// The last message if it is the assistant's, else a new one: for dialects in which a turn has several
  /// items.
  Message& assistant_turn();

  bool empty() const { return messages_.empty(); }
  std::vector<Message> take() { return std::move(messages_); }

 private:
  std::vector<Message> messages_;
};

}  // namespace tug
