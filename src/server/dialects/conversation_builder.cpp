#include "server/dialects/conversation_builder.h"

namespace tug {

void ConversationBuilder::add_instructions(const std::string& text) {
  if (text.empty()) return;
  if (messages_.empty()) return add({"system", text});
  Message& last = messages_.back();
  if (last.role == "system") last.content = last.content.text() + "\n\n" + text;
  else add({"user", text});
}

Message& ConversationBuilder::assistant_turn() {
  if (messages_.empty() || messages_.back().role != "assistant") add({"assistant", Content()});
  return messages_.back();
}

}  // namespace tug
