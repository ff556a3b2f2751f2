// A loaded model and its step loop: rows in, logits out.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "backends/backend.h"
#include "engine/embedding.h"
#include "files/checkpoint.h"
#include "platform/cpu.h"
#include "platform/thread_pool.h"

namespace tug {

struct EngineOptions {
  std::string backend = "cpu";
  Isa isa = Isa::kScalar;
  int threads = 1;
  int64_t memory_limit = INT64_MAX;  // weights and all sequences
  int64_t rows_max = 256;            // most rows of a step
};

/// Gets the logits [V] of a row that wants them; they may be changed, and are gone after the call.
using OnLogits = FunctionRef<void(size_t row, std::span<float> logits)>;

class Engine {
 public:
  /// Plans, loads and packs. Errors: those of make_plan and WeightStore::load.
  static Result<std::unique_ptr<Engine>> load(Checkpoint checkpoint, const EngineOptions& options,
                                              LoadProgress progress);

  const Plan& plan() const { return plan_; }
  const Backend& backend() const { return *backend_; }
  const EngineOptions& options() const { return options_; }
  const WeightStore& store() const { return *store_; }

  /// An empty sequence for up to `capacity` tokens. Errors: kOutOfMemory.
  Result<std::unique_ptr<Sequence>> new_sequence(int64_t capacity) const;
  /// Bytes of such a sequence.
  int64_t sequence_bytes(int64_t capacity) const;

  /// Runs up to rows_max rows (see Row) through the model and moves their sequences forward.
  /// Errors: kInvalidArgument for a token outside the vocabulary, kContextFull; before anything has changed.
  Status step(std::span<const Row> rows, OnLogits on_logits);

  /// Names model, backend and state layout in saved sequences.
  uint64_t fingerprint() const;

 private:
  Engine() = default;
  Status check(std::span<const Row> rows) const;
  Status run_head(std::span<const Row> rows, OnLogits on_logits);

  Checkpoint checkpoint_;
  Plan plan_;
  EngineOptions options_;
  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<WeightStore> store_;
  std::optional<Embedding> embedding_;
  std::vector<float> x_;       // [rows_max, H]
  std::vector<float> wanted_;  // [kHeadRows, H]
  std::vector<float> logits_;  // [kHeadRows, V]
};

}  // namespace tug
