#include "engine/make_store.h"

#include <algorithm>

#include "weights/resident_store.h"
#include "weights/streamed_store.h"

namespace tug {
namespace {

/// Rows of a pass: enough for resident weights, and the most that a streamed model takes.
constexpr int64_t kRowsResident = 512, kRowsStreamed = 8192;
/// Prompts up to this length are worth more memory than longer ones: an eighth of it, or a sixteenth.
constexpr int64_t kUsualPrompt = 4096;

/// Of an engine with passes of so many rows, and of one sequence of useful length.
int64_t workspace_bytes(const Backend& backend, const Plan& plan, int64_t rows) {
  const int64_t logits = static_cast<int64_t>(kHeadRows * sizeof(float)) * plan.vocabulary;
  return backend.pass_bytes(plan, rows) + logits +
         backend.state_layout(plan).bytes(std::min(plan.context, kUsefulTokens));
}

}  // namespace

int64_t rows_wanted(const Backend& backend, const Plan& plan, const EngineOptions& options, bool streamed) {
  if (options.rows_max > 0) return options.rows_max;
  int64_t rows = kRowsResident;
  const auto worth = [&](int64_t more) {
    return backend.pass_bytes(plan, more) <= options.memory_limit / (more <= kUsualPrompt ? 8 : 16);
  };
  while (streamed && rows < kRowsStreamed && worth(2 * rows)) rows *= 2;
  return rows;
}

Result<std::unique_ptr<WeightStore>> make_store(const StoreInputs& inputs, const EngineOptions& options,
                                                LoadProgress progress) {
  const auto& [checkpoint, plan, backend, threads, budget] = inputs;
  const int64_t packed = UnitTable(plan, backend).total_bytes(), free = budget.free();
  const auto resident = [&]() -> Result<std::unique_ptr<WeightStore>> {
    return std::unique_ptr<WeightStore>(TUG_TRY(ResidentStore::load(
        inputs.checkpoint, inputs.plan, inputs.backend, options.threads, inputs.budget, progress)));
  };
  // Weights that leave as much again are not worth streaming for a longer context.
  const bool fit = packed <= free / 2 || packed + workspace_bytes(backend, plan, kRowsMin) <= free;
  if (fit && options.cache == 0) return resident();

  int64_t rows = rows_wanted(backend, plan, options, true);
  while (rows > kRowsMin && workspace_bytes(backend, plan, rows) > free / 2) rows /= 2;
  auto streamed =
      StreamedStore::open(checkpoint, plan, backend, threads, free - workspace_bytes(backend, plan, rows),
                          options.cache, budget, progress);
  if (streamed.ok()) return std::unique_ptr<WeightStore>(std::move(streamed).value());
  // A tiny model may have room beside a short context where the readers' buffers have none.
  if (streamed.error().code() == ErrorCode::kOutOfMemory && packed <= free) return resident();
  return std::move(streamed).error();
}

}  // namespace tug
