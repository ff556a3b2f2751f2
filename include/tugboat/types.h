// What goes into a request and what comes out of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug {

/// A tool call of an answer; `arguments` is a JSON object as text.
struct ToolCall {
  std::string name;
  std::string arguments;
};

/// One turn of a conversation. Roles: system, user, assistant, tool.
struct Message {
  std::string role;
  std::string content;
  std::string reasoning = {};             // of an assistant turn
  std::vector<ToolCall> tool_calls = {};  // of an assistant turn
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
  bool ignore_stop_tokens = false;     // go on after the model's own end of text
};

enum class FinishReason { kStop, kLength, kContextFull, kCancelled };

/// "stop", "length", "context_full", "cancelled".
const char* finish_reason_name(FinishReason reason);

struct Timings {
  int64_t prompt_tokens = 0;  // computed for this answer
  int64_t reused_tokens = 0;  // of the prompt, remembered from before
  int64_t answer_tokens = 0;
  double prefill_seconds = 0;  // to the first token (TTFT), without loading
  double decode_seconds = 0;   // after it
};

struct Answer {
  std::string text;  // without reasoning and tool calls
  std::string reasoning;
  std::vector<ToolCall> tool_calls;
  std::vector<int32_t> tokens;  // as sampled, a final stop token left out
  FinishReason finish = FinishReason::kStop;
  Timings timings;
};

/// A piece of an answer as it arrives.
struct Piece {
  enum class Kind { kText, kReasoning };
  Kind kind;
  std::string text;
};

}  // namespace tug
