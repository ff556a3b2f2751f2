// What a client asks for, whatever its dialect.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tugboat/types.h"

namespace tug {

/// The settings that a request names; the model's own are used for the others.
struct SamplingOverrides {
  std::optional<double> temperature, top_p, min_p;
  std::optional<double> repetition_penalty, presence_penalty, frequency_penalty;
  std::optional<int64_t> top_k;
  std::optional<int64_t> seed;  // absent: another one each time
  std::vector<std::pair<int32_t, double>> logit_bias = {};
};

/// A text, or its tokens, to go on with.
struct RawPrompt {
  std::string text = {};
  std::vector<int32_t> tokens = {};
};

struct ChatCall {
  std::string model;  // as the client names it; empty: it does not

  // A conversation,
  std::vector<Message> messages = {};
  std::string tools = {};               // OpenAI's array as JSON; empty: none
  std::string template_variables = {};  // a JSON object; empty: none
  std::optional<bool> thinking = {};    // absent: as the model does by itself
  int64_t reasoning_max = -1;           // tokens; -1: no limit
  // or texts to complete.
  std::vector<RawPrompt> prompts = {};

  SamplingOverrides sampling = {};
  int64_t tokens_max = -1;
  std::vector<std::string> stop = {};
  bool ignore_stop_tokens = false;
  int64_t log_probabilities = -1;  // of each token, and of as many most likely ones; -1: none
  int64_t answers = 1;             // to each prompt
  int64_t calls_max = INT64_MAX;   // of tools, in one answer
  bool stream = false;
};

}  // namespace tug
