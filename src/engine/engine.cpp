#include "engine/engine.h"

#include <algorithm>

#include "backends/make_backend.h"
#include "base/units.h"
#include "models/architecture.h"
#include "plan/walk.h"

namespace tug {
namespace {

/// Logits are made for this many rows at a time: a vocabulary is wide.
constexpr int64_t kHeadRows = 16;

uint64_t mix(uint64_t hash, uint64_t value) {
  for (int byte = 0; byte < 8; ++byte) hash = (hash ^ (value >> (8 * byte) & 255)) * 0x100000001b3;  // FNV-1a
  return hash;
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::load(Checkpoint checkpoint, const EngineOptions& options,
                                             LoadProgress progress) {
  std::unique_ptr<Engine> engine(new Engine);
  engine->checkpoint_ = std::move(checkpoint);
  engine->options_ = options;
  engine->plan_ = TUG_TRY(make_plan(engine->checkpoint_));
  engine->pool_ = std::make_unique<ThreadPool>(options.threads);
  engine->backend_ = TUG_TRY(make_backend(options.backend, options.isa, *engine->pool_));
  const Plan& plan = engine->plan_;
  engine->store_ = TUG_TRY(WeightStore::load(engine->checkpoint_, plan, *engine->backend_, options.threads,
                                             options.memory_limit, progress));
  TUG_TRY(engine->backend_->prepare(plan, *engine->store_, options.rows_max));
  engine->embedding_ = TUG_TRY(Embedding::open(engine->checkpoint_, plan.embedding));
  engine->x_.resize(static_cast<size_t>(options.rows_max * plan.hidden));
  engine->wanted_.resize(static_cast<size_t>(kHeadRows * plan.hidden));
  engine->logits_.resize(static_cast<size_t>(kHeadRows * plan.vocabulary));
  return engine;
}

int64_t Engine::sequence_bytes(int64_t capacity) const {
  int64_t bytes = 0;
  for (const Block& block : plan_.blocks) bytes += backend_->state_bytes(block, capacity);
  return bytes;
}

Result<std::unique_ptr<Sequence>> Engine::new_sequence(int64_t capacity) const {
  const int64_t bytes = sequence_bytes(capacity), free = options_.memory_limit - store_->packed_bytes();
  if (bytes > free) {
    return Error(ErrorCode::kOutOfMemory, "A context of " + format_count(capacity) + " tokens needs " +
                                              format_size(bytes) + " and " + format_size(free) +
                                              " are left beside the weights. Choose a shorter context.");
  }
  auto sequence = std::make_unique<Sequence>();
  sequence->capacity = capacity;
  for (const Block& block : plan_.blocks)
    sequence->blocks.push_back(TUG_TRY(backend_->new_state(block, capacity)));
  return sequence;
}

Status Engine::check(std::span<const Row> rows) const {
  if (rows.empty() || static_cast<int64_t>(rows.size()) > options_.rows_max) {
    return Error(ErrorCode::kInvalidArgument,
                 "A step takes 1 to " + std::to_string(options_.rows_max) + " rows.");
  }
  const auto count = static_cast<int64_t>(rows.size());
  for (int64_t first = 0; first < count;) {
    const RowRun run = next_run(rows, first);
    if (run.sequence->length + run.count > run.sequence->capacity) {
      return Error(ErrorCode::kContextFull,
                   "The context of " + format_count(run.sequence->capacity) + " tokens is full.");
    }
    for (int64_t i = 0; i < run.count; ++i) {
      if (rows[static_cast<size_t>(first + i)].position != run.sequence->length + i) {
        return Error(ErrorCode::kInternal, "The rows of a step do not continue their sequence.");
      }
    }
    first += run.count;
  }
  return {};
}

Status Engine::step(std::span<const Row> rows, OnLogits on_logits) {
  TUG_TRY(check(rows));
  const View<float> x(x_.data(), static_cast<int64_t>(rows.size()), plan_.hidden);
  for (size_t r = 0; r < rows.size(); ++r)
    TUG_TRY(embedding_->look_up(rows[r].token, x[static_cast<int64_t>(r)]));
  for (const Block& block : plan_.blocks) TUG_TRY(backend_->run(block, rows, x));
  for (const Row& row : rows) ++row.sequence->length;
  return run_head(rows, on_logits);
}

Status Engine::run_head(std::span<const Row> rows, OnLogits on_logits) {
  for (size_t next = 0; next < rows.size();) {
    std::array<size_t, kHeadRows> which{};
    int64_t count = 0;
    for (; next < rows.size() && count < kHeadRows; ++next) {
      if (!rows[next].wants_logits) continue;
      std::copy_n(&x_[next * static_cast<size_t>(plan_.hidden)], plan_.hidden,
                  &wanted_[static_cast<size_t>(count * plan_.hidden)]);
      which[static_cast<size_t>(count++)] = next;
    }
    if (count == 0) break;
    const View<float> logits(logits_.data(), count, plan_.vocabulary);
    TUG_TRY(backend_->head({wanted_.data(), count, plan_.hidden}, logits));
    for (int64_t i = 0; i < count; ++i) {
      on_logits(which[static_cast<size_t>(i)], {logits[i], static_cast<size_t>(plan_.vocabulary)});
    }
  }
  return {};
}

uint64_t Engine::fingerprint() const {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : plan_.architecture + "/" + std::string(backend_->name()))
    hash = mix(hash, static_cast<uint64_t>(c));
  for (int64_t value :
       {plan_.hidden, plan_.layers, plan_.vocabulary, store_->packed_bytes(), sequence_bytes(1)}) {
    hash = mix(hash, static_cast<uint64_t>(value));
  }
  // Models of the same shapes differ in their weights: a sample from the middle of every matrix tells them
  // apart.
  for_each_unit(plan_, [&](UnitId unit) {
    for (const Part& part : store_->request(unit).all()) {
      const ByteView sample = part.packed.subspan(part.packed.size() / 2 / 64 * 64);
      for (size_t at = 0; at + 8 <= std::min<size_t>(sample.size(), 64); at += 8) {
        hash = mix(hash, tug::load<uint64_t>(&sample[at]));
      }
    }
  });
  return hash;
}

}  // namespace tug
