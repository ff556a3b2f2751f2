// The list of models, of which there is one.
#pragma once

#include "base/json.h"
#include "tugboat/model.h"

namespace tug {

/// Of /v1/models/{id}: what OpenAI's, Anthropic's, llama-server's and vLLM's clients each look for.
Json model_json(const ModelInfo& info, const std::string& name, int64_t context, int64_t created);
/// Of /v1/models.
Json models_json(Json model);

}  // namespace tug
