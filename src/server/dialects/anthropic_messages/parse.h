// A request to /v1/messages.
#pragma once

#include "server/dialects/dialect.h"

namespace tug {

ParsedCall parse_anthropic_messages(const Json& body, Problem& problem);
std::unique_ptr<ReplyWriter> write_anthropic_messages(ReplyContext context);
ErrorReply anthropic_error_reply(const Failure& failure, const std::string& request_id);

}  // namespace tug
