// How far a prompt has been read, in llama-server's words.
#pragma once

#include "base/json.h"
#include "tugboat/request.h"

namespace tug {

inline Json progress_json(const PromptProgress& progress, double seconds) {
  return Json::object({{"total", progress.total},
                       {"cache", progress.reused},
                       {"processed", progress.done},
                       {"time_ms", static_cast<int64_t>(seconds * 1000)}});
}

}  // namespace tug
