// A request to /v1/completions: texts to go on with, without a template.
#pragma once

#include "server/dialects/dialect.h"

namespace tug {

struct CompletionReplyOptions {
  bool include_usage = false;
  bool log_probabilities = false;
  size_t per_prompt = 1;  // answers
};

ParsedCall parse_openai_completions(const Json& body, Problem& problem);
std::unique_ptr<ReplyWriter> write_openai_completions(ReplyContext context,
                                                      const CompletionReplyOptions& options);

}  // namespace tug
