// From a typed request to what the model computes.
#pragma once

#include "server/dialects/chat_call.h"
#include "server/dialects/failure.h"
#include "tugboat/model.h"

namespace tug {

/// The prompts of a call, tokenised. Errors: those of the template and the tokenizer.
Result<std::vector<Prompt>> make_prompts(const ModelText& text, const ChatCall& call);

/// One request for every answer, prompt by prompt. Answers to the same prompt differ by their seed. `scope`:
/// as Request has it.
std::vector<Request> make_requests(const ModelText& text, const ChatCall& call, std::vector<Prompt> prompts,
                                   int64_t context, const std::string& scope);

/// A prompt that leaves no room for an answer, with the numbers.
std::optional<Failure> check_context(const std::vector<Prompt>& prompts, int64_t context);

}  // namespace tug
