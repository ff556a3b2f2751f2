// Which store a model gets, and how many rows its passes take.
#pragma once

#include "engine/engine.h"

namespace tug {

/// Bytes of the workspaces of an engine with passes of so many rows, and of one sequence of useful length.
int64_t workspace_bytes(const Backend& backend, const Plan& plan, int64_t rows);

/// All weights in memory where they and the least of workspaces fit, and EngineOptions::cache does not forbid
/// it; else a store that streams them, in what the workspaces leave. Errors: those of both stores.
Result<std::unique_ptr<WeightStore>> make_store(const StoreInputs& inputs, const EngineOptions& options,
                                                LoadProgress progress);

/// EngineOptions::rows_max where it is given. A streamed model reads every expert once a pass: it takes as
/// many rows as a small part of the memory has room for.
int64_t rows_wanted(const Backend& backend, const Plan& plan, const EngineOptions& options, bool streamed);

}  // namespace tug
