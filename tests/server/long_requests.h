// Requests that go on for a while, and what the server says about them.
#pragma once

#include "server/running_server.h"

namespace tug {

/// Memory in which one long prompt leaves no room for a second.
inline ModelOptions little_memory() { return {.memory = int64_t{24} << 20}; }

/// The body of a completion of many tokens, after a prompt of `prompt` of them.
inline std::string long_completion(int prompt, bool stream) {
  std::string ids = "5";
  for (int i = 1; i < prompt; ++i) ids += ",5";
  return R"({"prompt": [)" + ids + R"(], "ignore_eos": true, "max_tokens": -1, "stream": )" +
         (stream ? "true}" : "false}");
}

inline std::string endless_chat(const std::string& more = "") {
  return R"({"messages": [{"role": "user", "content": "Tell me a story."}], "ignore_eos": true)" + more + "}";
}

/// A number out of /metrics; -1 where it is not.
inline double metric(const RunningServer& server, const std::string& name) {
  const std::string text = "\n" + server.get("/metrics");
  const size_t at = text.find("\n" + name);
  if (at == std::string::npos) return -1;
  const size_t blank = text.find(' ', at + 1 + name.size());
  return std::stod(text.substr(blank + 1));
}

inline void wait_for_metric(const RunningServer& server, const std::string& name, double value) {
  while (metric(server, name) != value) std::this_thread::yield();
}

inline constexpr const char* kRunning = "llamacpp:requests_processing";
inline constexpr const char* kWaiting = "llamacpp:requests_deferred";
inline constexpr const char* kCancelled =
    "vllm:request_success_total{model_name=\"demo\",engine=\"0\",finished_reason=\"cancelled\"}";

}  // namespace tug
