// A loaded model and its passes: rows in, logits out. For one thread at a time.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "backends/backend.h"
#include "engine/embedding.h"
#include "engine/governor.h"
#include "engine/pass.h"
#include "files/checkpoint.h"
#include "platform/cpu.h"
#include "platform/thread_pool.h"
#include "weights/loader.h"
#include "weights/store.h"

namespace tug {

struct EngineOptions {
  std::string backend = "cpu";
  Isa isa = Isa::kScalar;
  KvType kv = KvType::kF32;  // cached keys and values
  int threads = 1;
  int64_t memory_limit = INT64_MAX;  // weights, workspaces and all sequences
  int64_t cache = 0;                 // bytes for experts that are streamed; 0: what is left
  std::string system_root = {};      // where /proc and /sys lie, for the governor of memory
  int64_t rows_max = 0;  // most rows of a pass, fewer when memory is short; 0: what suits the store
};

/// Gets the logits [V] of a row of the pass that wants them; they may be changed, and are gone after the
/// call.
using OnLogits = FunctionRef<void(size_t row, std::span<float> logits)>;

/// Logits are made for this many rows at a time: a vocabulary is wide.
inline constexpr size_t kHeadRows = 16;

/// What an engine has when its store is made; all of it outlives the store.
struct StoreInputs {
  const Checkpoint& checkpoint;
  const Plan& plan;
  const Backend& backend;
  ThreadPool& threads;
  MemoryBudget& budget;
};
/// Makes the store of an engine's weights.
using MakeStore = FunctionRef<Result<std::unique_ptr<WeightStore>>(const StoreInputs& inputs)>;

class Engine {
 public:
  /// Plans, loads and packs. Errors: those of make_plan and WeightStore::load.
  static Result<std::unique_ptr<Engine>> load(Checkpoint checkpoint, const EngineOptions& options,
                                              LoadProgress progress);
  /// The same over another store.
  static Result<std::unique_ptr<Engine>> load_with(Checkpoint checkpoint, const EngineOptions& options,
                                                   MakeStore make_store);

  const Checkpoint& checkpoint() const { return checkpoint_; }
  const Plan& plan() const { return plan_; }
  const Backend& backend() const { return *backend_; }
  /// What it runs with.
  const EngineOptions& options() const { return options_; }
  const WeightStore& store() const { return *store_; }

  const MemoryBudget& budget() const { return *budget_; }
  /// Where the time of its passes goes.
  PhaseClock& phases() { return backend_->phases(); }

  /// Errors: kOutOfMemory with the numbers, when the state of so many tokens does not fit even alone.
  Status check_room(int64_t tokens) const;
  /// An empty sequence for up to `capacity` tokens; it takes memory as it grows, so many long contexts may be
  /// open that are not used to the full. Errors: those of check_room().
  Result<std::unique_ptr<Sequence>> new_sequence(int64_t capacity) const;
  /// Bytes of a sequence of so many tokens.
  int64_t sequence_bytes(int64_t tokens) const { return pool_->layout().bytes(tokens); }
  const StateLayout& state_layout() const { return pool_->layout(); }
  /// The most tokens of a sequence that has all memory beside the weights, at most the model's own context.
  int64_t largest_capacity() const;
  /// Bytes that all sequences hold now; what they share counts once.
  int64_t sequences_bytes() const { return pool_->bytes_used(); }
  /// Bytes that all sequences may hold.
  int64_t sequences_limit() const { return for_sequences_; }

  /// Starts a pass of up to rows_max rows (see Row). A row that cannot run fails, with all rows of its
  /// sequence and nothing else: a token outside the vocabulary (kInvalidArgument), no room (kContextFull,
  /// kOutOfMemory), a broken sequence. Several passes may be alive, with different sequences. Errors:
  /// kInvalidArgument for too many rows, kOutOfMemory.
  Result<Pass> begin(std::span<const Row> rows);
  /// Runs the next `blocks` blocks, or those that are left.
  void advance(Pass& pass, int64_t blocks = INT64_MAX);
  /// After the last block: moves the sequences forward and makes the wanted logits. A sequence of which a
  /// row failed is broken: rows from that one on have no logits, and it cannot be continued.
  void finish(Pass& pass, OnLogits on_logits);

  /// A whole pass. Errors: those of begin(); the first row's that failed.
  Status step(std::span<const Row> rows, OnLogits on_logits);

  /// Names the model in saved sequences; computed from the files at the first call. Errors: kIo.
  Result<uint64_t> fingerprint();

 private:
  Engine() = default;
  int64_t fitting_rows() const;
  Result<std::unique_ptr<PassBuffers>> take_buffers(int64_t rows);
  Status admit(std::span<const Row> rows, PassBuffers& to);
  void announce(int64_t block);
  void settle(Pass& pass) const;
  void run_head(Pass& pass, OnLogits on_logits);

  Checkpoint checkpoint_;
  Plan plan_;
  EngineOptions options_;
  std::unique_ptr<MemoryBudget> budget_;  // before all that draws on it
  std::unique_ptr<ThreadPool> threads_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<WeightStore> store_;
  int64_t for_sequences_ = 0;  // what is left for them when all else is placed
  std::unique_ptr<StatePool> pool_;
  std::optional<uint64_t> fingerprint_;
  std::optional<Embedding> embedding_;
  std::vector<float> embedded_;  // [H]
  Arena logits_;                 // float [kHeadRows, V]
  std::vector<std::unique_ptr<PassBuffers>> spare_;
  std::unique_ptr<Governor> governor_;  // of a store that streams; dies before it
};

}  // namespace tug
