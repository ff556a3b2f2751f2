// Which store a model gets, and how many rows its passes take.
#pragma once

#include "engine/engine.h"

namespace tug {

/// Passes get no smaller for want of memory: every one reads the weights.
inline constexpr int64_t kRowsMin = 32;
/// A context that is worth having, in tokens; passes get smaller for it.
inline constexpr int64_t kUsefulTokens = 4096;

/// All weights in memory where they and the least of workspaces fit, and EngineOptions::cache does not forbid
/// it; else a store that streams them, in what the workspaces leave. Errors: those of both stores.
Result<std::unique_ptr<WeightStore>> make_store(const StoreInputs& inputs, const EngineOptions& options,
                                                LoadProgress progress);

/// EngineOptions::rows_max where it is given. A streamed model reads every expert once a pass: it takes as
/// many rows as a small part of the memory has room for.
int64_t rows_wanted(const Backend& backend, const Plan& plan, const EngineOptions& options, bool streamed);

}  // namespace tug
