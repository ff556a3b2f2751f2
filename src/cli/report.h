// What the program says about its work: an answer's figures for people and for programs, errors in one line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "tugboat/model.h"

namespace tug {

/// Tokens, speeds, memory and bytes read per token, in one line.
std::string answer_line(const Answer& answer, const ModelInfo& info);

/// For a live line: what has come from the drive since the last call, and how many experts lay in memory.
std::function<std::string()> streaming_line(const Model& model);

/// What run_stats() found, for people.
std::vector<std::string> stats_lines(const Json& stats);

/// Everything about an answer.
Json answer_json(const Answer& answer, const ModelInfo& info, int64_t seed);

/// "[tool call] get_weather {"city":"Oslo"}".
std::string tool_call_line(const ToolCall& call);

/// "tug: what went wrong (in that file)", without line breaks.
std::string error_line(const Error& error);

}  // namespace tug
