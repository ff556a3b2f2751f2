// A request to /v1/chat/completions.
#pragma once

#include "server/dialects/dialect.h"

namespace tug {

/// What a chat request says about its reply.
struct ChatReplyOptions {
  bool include_usage = false;  // in one more chunk at the end of a stream
  bool log_probabilities = false;
  bool return_progress = false;  // a chunk for every step through the prompt
};

ParsedCall parse_openai_chat(const Json& body, Problem& problem);
std::unique_ptr<ReplyWriter> write_openai_chat(ReplyContext context, const ChatReplyOptions& options);

}  // namespace tug
