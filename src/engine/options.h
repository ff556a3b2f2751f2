// From what a user wants to what an engine is told.
#pragma once

#include "engine/engine.h"
#include "tugboat/model.h"

namespace tug {

/// Errors: kInvalidArgument, kUnsupported, naming the option.
Result<EngineOptions> engine_options(const ModelOptions& options);

}  // namespace tug
