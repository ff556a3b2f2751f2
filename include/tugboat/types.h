// What goes into a request and what comes out of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug {

/// A tool call of an answer.
struct ToolCall {
  std::string name;
  std::string arguments;  // a JSON object as text
  std::string id = {};    // what the result's `tool_call_id` names
};

/// A part of a message. Text today; images get a kind of their own.
struct ContentPart {
  enum class Kind { kText };
  Kind kind = Kind::kText;
  std::string text = {};
};

/// What a message says: its parts in order. A string is one part of text.
class Content {
 public:
  Content() = default;
  Content(std::string text)
      : Content(std::vector<ContentPart>{{ContentPart::Kind::kText, std::move(text)}}) {}
  Content(const char* text) : Content(std::string(text)) {}
  Content(std::vector<ContentPart> parts) : parts_(std::move(parts)) {}

  const std::vector<ContentPart>& parts() const { return parts_; }
  /// All text, a line break between two parts.
  std::string text() const;

 private:
  std::vector<ContentPart> parts_;
};

/// One turn of a conversation. Roles: system, user, assistant, tool, and what else the model's template
/// knows.
struct Message {
  std::string role;
  Content content;
  std::string reasoning = {};             // of an assistant turn
  std::vector<ToolCall> tool_calls = {};  // of an assistant turn
  std::string tool_call_id = {};          // of a tool turn: the call that this answers
  std::string name = {};                  // of the tool or the speaker, for templates that show it
};

/// A tokenised prompt.
struct Prompt {
  std::vector<int32_t> tokens = {};
  bool in_reasoning = false;  // the prompt ends in an open reasoning block
  bool raw = false;           // no template: the answer is text, without reasoning or tool calls
  std::string tools = {};     // the tools it offered, for reading the answer's calls
  int64_t system_tokens = 0;  // at its beginning, of all conversations with these instructions and tools
};

/// How the next token is chosen. Penalties first, then temperature, top-k, top-p, min-p, then one draw.
struct Sampling {
  double temperature = 1;  // 0: always the most likely token
  int64_t top_k = 0;       // 0: all
  double top_p = 1;
  double min_p = 0;               // of the most likely token's probability
  double repetition_penalty = 1;  // divides positive and multiplies negative logits of tokens in the context
  double presence_penalty = 0;    // subtracted once from tokens of the answer
  double frequency_penalty = 0;   // subtracted for each time
  std::vector<std::pair<int32_t, double>> logit_bias = {};
  uint64_t seed = 0;  // the draw depends on seed and position alone
};

struct GenerateOptions {
  Sampling sampling = {};
  int64_t tokens_max = -1;             // -1: until the model stops or the context is full
  std::vector<std::string> stop = {};  // the answer ends before any of these
  bool ignore_stop_tokens = false;  // go on after the model's own end of text, and where it goes in circles
  int64_t log_probabilities = -1;   // of each token, and of as many most likely ones; -1: none
  int64_t reasoning_max = -1;       // tokens: a sentence ends longer reasoning; -1: no limit
};

enum class FinishReason {
  kStop,         // the model ended its answer, or a stop string did
  kToolCalls,    // the model ended its answer, and it holds tool calls
  kLength,       // tokens_max
  kContextFull,  // there is no room for one more token
  kRepetition,   // the answer had become one sequence of tokens, over and over
  kCancelled,    // from outside
};

/// "stop", "tool_calls", "length", "context_full", "repetition", "cancelled".
const char* finish_reason_name(FinishReason reason);

/// Usage, and where the time went.
struct Timings {
  int64_t prompt_tokens = 0;  // computed for this answer
  int64_t reused_tokens = 0;  // of the prompt, remembered from before
  int64_t answer_tokens = 0;
  double queue_seconds = 0;    // until its first token could be computed
  double prefill_seconds = 0;  // from then on to the first token
  double decode_seconds = 0;   // after it
};

/// Natural logarithms, of the model's own probabilities: before temperature, penalties and the like.
struct TokenProbability {
  int32_t token = 0;
  double log_probability = 0;
};

/// A token of an answer. All but the token only with GenerateOptions::log_probabilities.
struct SampledToken {
  int32_t token = 0;
  double log_probability = 0;
  std::vector<TokenProbability> most_likely = {};  // best first
};

struct Answer {
  std::string text;  // without reasoning and tool calls
  std::string reasoning;
  std::vector<ToolCall> tool_calls;
  std::vector<int32_t> tokens;                  // as sampled, a final stop token left out
  std::vector<SampledToken> log_probabilities;  // of each token, where they were asked for
  FinishReason finish = FinishReason::kStop;
  std::string stop_string;  // the one that ended it; empty: none
  Timings timings;
};

/// A piece of an answer as it arrives: all pieces of a kind, one after the other, are the whole of it.
struct Piece {
  enum class Kind { kText, kReasoning, kToolCall };
  Kind kind;
  std::string text;  // of a tool call: of its arguments

  // Of a tool call: its place in the answer, and, in its first piece alone, its id and name.
  int64_t index = 0;
  std::string id = {}, name = {};
};

}  // namespace tug
