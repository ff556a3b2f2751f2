// The settings that chat completions, completions and responses share, with llama-server's and vLLM's names
// for what OpenAI does not have.
#pragma once

#include "server/dialects/chat_call.h"
#include "server/dialects/fields.h"

namespace tug {

constexpr int64_t kAnswersMax = 16;
constexpr size_t kStopsMax = 16, kStopBytesMax = 1024;

void read_settings(const Fields& request, ChatCall& call);

/// `stop` or `stop_sequences`.
std::vector<std::string> read_stops(const Fields& request, const char* name);

/// none and minimal: no reasoning; low and medium: a budget; other efforts: as much as the model likes.
void read_effort(const Fields& holder, const char* name, ChatCall& call);
/// A number of tokens; 0: no reasoning, -1: no limit. It says more than an effort does.
void read_reasoning_budget(const Fields& holder, const char* name, ChatCall& call);
/// Both, by all names that servers and models have for them.
void read_reasoning(const Fields& request, ChatCall& call);

/// What asks for an answer in a certain form. Nothing enforces forms yet, and a promise that nobody keeps
/// would be worse than an error.
void refuse_forms(const Fields& request);

}  // namespace tug
