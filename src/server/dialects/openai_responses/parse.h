// A request to /v1/responses. Nothing is kept between two of them: the client sends the whole conversation.
#pragma once

#include "server/dialects/dialect.h"
#include "server/dialects/openai_responses/response_tools.h"

namespace tug {

struct ResponseOptions {
  ResponseTools tools;
  Json echo;  // the settings that a response repeats, as an object
};

ParsedCall parse_openai_responses(const Json& body, Problem& problem);
std::unique_ptr<ReplyWriter> write_openai_responses(ReplyContext context,
                                                    std::shared_ptr<const ResponseOptions> options);

}  // namespace tug
