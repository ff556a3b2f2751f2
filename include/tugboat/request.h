// A request for an answer, and the events that it causes.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <variant>

#include "tugboat/result.h"
#include "tugboat/types.h"

namespace tug {

struct Request {
  Prompt prompt;
  GenerateOptions options = {};
  int64_t context = 0;  // most tokens, prompt and answer; 0: what the model was made for
  /// What was computed for a request is used again for the beginnings of others, but only for those of the
  /// same scope: nobody else can tell from the time of an answer what was asked.
  std::string scope = {};
};

/// Names a request of one model; never used again.
struct Ticket {
  uint64_t number = 0;
  auto operator<=>(const Ticket&) const = default;
};

/// How much of the prompt has been read. The first one comes when the request's turn has come; `done` never
/// falls.
struct PromptProgress {
  int64_t done = 0, total = 0;  // tokens
  int64_t reused = 0;           // of those done, remembered from before
};

/// What comes of a request, in this order: PromptProgress, once and more; then SampledToken, and Piece, which
/// may lag behind, as the answer grows; at the end exactly one Answer, which holds the whole of it, or one
/// Error. A request that is cancelled ends with the Answer so far.
using Event = std::variant<PromptProgress, SampledToken, Piece, Answer, Error>;

/// Receives the events of one request, one at a time, on threads of the model. It may block: only its own
/// request waits, when some hundred events are on their way. If it throws, its request ends, with an Error as
/// the last event (whose exception is ignored). It may call everything in this API.
using EventSink = std::function<void(const Event&)>;

}  // namespace tug
