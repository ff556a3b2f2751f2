#include "engine/engine.h"

#include <algorithm>

#include "backends/make_backend.h"
#include "base/check.h"
#include "base/units.h"
#include "engine/fingerprint.h"
#include "engine/make_store.h"
#include "models/architecture.h"

namespace tug {

Result<std::unique_ptr<Engine>> Engine::load(Checkpoint checkpoint, const EngineOptions& options,
                                             LoadProgress progress) {
  return load_with(std::move(checkpoint), options,
                   [&](const StoreInputs& inputs) { return make_store(inputs, options, progress); });
}

Result<std::unique_ptr<Engine>> Engine::load_with(Checkpoint checkpoint, const EngineOptions& options,
                                                  MakeStore make_store) {
  std::unique_ptr<Engine> engine(new Engine);
  engine->checkpoint_ = std::move(checkpoint);
  engine->options_ = options;
  engine->plan_ = TUG_TRY(make_plan(engine->checkpoint_));
  engine->budget_ = std::make_unique<MemoryBudget>(options.memory_limit);
  engine->threads_ = std::make_unique<ThreadPool>(options.threads);
  engine->backend_ = TUG_TRY(make_backend(options.backend, options.isa, options.kv, *engine->threads_));
  const Plan& plan = engine->plan_;
  engine->store_ = TUG_TRY(
      make_store({engine->checkpoint_, plan, *engine->backend_, *engine->threads_, *engine->budget_}));
  engine->embedding_ =
      TUG_TRY(Embedding::open(engine->checkpoint_, plan.embedding, !engine->store_->streams()));
  engine->embedded_.resize(static_cast<size_t>(plan.hidden));
  TUG_TRY(engine->backend_->prepare(plan, *engine->store_, *engine->budget_));
  const int64_t logits = static_cast<int64_t>(kHeadRows * sizeof(float)) * plan.vocabulary;
  engine->logits_ = TUG_TRY(Arena::allocate(logits, *engine->budget_, "the workspaces"));
  engine->options_.rows_max = rows_wanted(*engine->backend_, plan, options, engine->store_->streams());
  const int64_t rows = engine->options_.rows_max = engine->fitting_rows();
  TUG_TRY(engine->backend_->place(rows));
  auto buffers = TUG_TRY(engine->take_buffers(rows));  // a step of one pass takes no more memory
  engine->spare_.push_back(std::move(buffers));
  engine->pool_ = std::make_unique<StatePool>(engine->backend_->state_layout(plan), *engine->budget_);
  engine->for_sequences_ = engine->budget_->free();
  if (engine->store_->streams())
    engine->governor_ =
        std::make_unique<Governor>(*engine->store_, options.memory_limit, options.system_root);
  return engine;
}

/// The rows of a pass, halved as long as its buffers leave no room for a sequence, or take more than they
/// leave while that is not enough for a useful one.
int64_t Engine::fitting_rows() const {
  const StateLayout layout = backend_->state_layout(plan_);
  const auto tight = [&](int64_t rows) {
    const int64_t bytes = backend_->pass_bytes(plan_, rows), left = budget_->free() - bytes;
    const int64_t useful = layout.bytes(std::min(plan_.context, kUsefulTokens));
    return left < layout.bytes(1) || (left < bytes && left < useful);
  };
  int64_t rows = options_.rows_max;
  while (rows > kRowsMin && tight(rows)) rows = std::max(kRowsMin, rows / 2);
  return rows;
}

int64_t Engine::largest_capacity() const {
  const StateLayout& layout = pool_->layout();
  const int64_t free = for_sequences_ - layout.fixed_bytes;
  if (layout.page_bytes == 0 || free / layout.page_bytes >= plan_.context / kPageTokens + 1)
    return plan_.context;
  return std::max<int64_t>(1, std::min(plan_.context, free / layout.page_bytes * kPageTokens));
}

Status Engine::check_room(int64_t tokens) const {
  const int64_t bytes = sequence_bytes(tokens);
  if (bytes <= for_sequences_) return {};
  const std::string what = "The state of " + format_count(tokens) + " tokens needs " + format_size(bytes) +
                           ", and " + format_size(for_sequences_) + " are left beside the weights";
  if (sequence_bytes(1) > for_sequences_)
    return Error(ErrorCode::kOutOfMemory, what + ". Allow more memory, or use a smaller model.");
  return Error(ErrorCode::kOutOfMemory, what + ": enough for " + format_count(largest_capacity()) +
                                            " tokens. Shorten the context or allow more memory.");
}

Result<std::unique_ptr<Sequence>> Engine::new_sequence(int64_t capacity) const {
  TUG_TRY(check_room(capacity));
  return std::make_unique<Sequence>(*pool_, capacity);
}

Result<std::unique_ptr<PassBuffers>> Engine::take_buffers(int64_t rows) {
  const auto waste = [&](const std::unique_ptr<PassBuffers>& spare) {
    const int64_t there = spare->x ? spare->x->rows_max() : 0;
    return there < rows ? INT64_MAX : there - rows;
  };
  const auto best = std::min_element(spare_.begin(), spare_.end(),
                                     [&](const auto& a, const auto& b) { return waste(a) < waste(b); });
  auto buffers = std::make_unique<PassBuffers>();
  if (best != spare_.end()) {
    buffers = std::move(*best);
    spare_.erase(best);
  }
  if (buffers->x && buffers->x->rows_max() >= rows) return buffers;
  auto x = backend_->new_hidden(rows);
  if (x.ok()) buffers->x = std::move(x).value();
  else spare_.push_back(std::move(buffers));
  TUG_TRY(std::move(x));
  return buffers;
}

/// Takes the rows of one sequence in, with their embeddings, or leaves all as it was.
Status Engine::admit(std::span<const Row> rows, PassBuffers& to) {
  Sequence& sequence = *rows.front().sequence;
  auto at = static_cast<int64_t>(to.active.size());
  if (rows.size() > 1) {  // a row alone is read at once
    for (const Row& row : rows) embedding_->expect(row.token);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].position != sequence.length() + static_cast<int64_t>(i))
      return Error(ErrorCode::kInternal, "The rows of a pass do not continue their sequence.");
    TUG_TRY(embedding_->look_up(rows[i].token, embedded_.data()));
    backend_->set_hidden(*to.x, at++, embedded_);
  }
  TUG_TRY(sequence.begin(static_cast<int64_t>(rows.size())));
  to.active.insert(to.active.end(), rows.begin(), rows.end());
  return {};
}

Result<Pass> Engine::begin(std::span<const Row> rows) {
  const auto count = static_cast<int64_t>(rows.size());
  if (count < 1 || count > options_.rows_max) {
    return Error(ErrorCode::kInvalidArgument,
                 "A pass takes 1 to " + std::to_string(options_.rows_max) + " rows.");
  }
  Pass pass(TUG_TRY(take_buffers(count)), spare_, static_cast<int64_t>(plan_.blocks.size()));
  PassBuffers& buffers = *pass.buffers_;
  buffers.rows.assign(rows.begin(), rows.end());
  buffers.errors.reset(rows.size());
  buffers.active.clear(), buffers.index.clear(), buffers.wanted.clear();
  for (int64_t first = 0; first < count;) {
    const RowRun run = next_run(rows, first);
    const auto own = rows.subspan(static_cast<size_t>(first), static_cast<size_t>(run.count));
    const Status admitted = admit(own, buffers);
    for (int64_t end = first + run.count; first < end; ++first) {
      if (admitted.ok()) buffers.index.push_back(static_cast<size_t>(first));
      else buffers.errors.fail(static_cast<size_t>(first), admitted.error());
    }
  }
  buffers.active_errors.reset(buffers.active.size());
  return pass;
}

/// Dense weights of the block that comes next, while the one before it runs.
void Engine::announce(int64_t block) {
  const auto last = static_cast<int64_t>(plan_.blocks.size());
  const UnitId next = {block < last ? static_cast<int32_t>(block) : UnitId::kHead, -1};
  store_->expect({&next, 1});
}

void Engine::advance(Pass& pass, int64_t blocks) {
  PassBuffers& buffers = *pass.buffers_;
  for (; blocks > 0 && !pass.done(); --blocks, ++pass.next_block_) {
    if (buffers.active.empty()) continue;
    announce(pass.next_block_ + 1);
    backend_->run(plan_.blocks[static_cast<size_t>(pass.next_block_)], buffers.active, *buffers.x,
                  buffers.active_errors);
  }
}

/// Sequences move forward or break.
void Engine::settle(Pass& pass) const {
  PassBuffers& buffers = *pass.buffers_;
  pass.finished_ = true;
  for (int64_t first = 0; first < static_cast<int64_t>(buffers.active.size());) {
    const RowRun run = next_run(buffers.active, first);
    const Error* error = nullptr;
    for (int64_t end = first + run.count; first < end; ++first) {
      const auto row = static_cast<size_t>(first);
      if (!error) error = buffers.active_errors.of(row);
      if (error) buffers.errors.fail(buffers.index[row], *error);
      else if (buffers.active[row].wants_logits) buffers.wanted.push_back(static_cast<int32_t>(row));
    }
    run.sequence->commit(run.count);
    if (error) run.sequence->fail(*error);
  }
}

void Engine::finish(Pass& pass, OnLogits on_logits) {
  TUG_CHECK(pass.done() && !pass.finished_);
  settle(pass);
  run_head(pass, on_logits);
}

void Engine::run_head(Pass& pass, OnLogits on_logits) {
  PassBuffers& buffers = *pass.buffers_;
  const std::span<const int32_t> wanted = buffers.wanted;
  for (size_t first = 0; first < wanted.size(); first += kHeadRows) {
    const auto which = wanted.subspan(first, std::min<size_t>(kHeadRows, wanted.size() - first));
    const View<float> logits(reinterpret_cast<float*>(logits_.data()), static_cast<int64_t>(which.size()),
                             plan_.vocabulary);
    const Status status = backend_->head(*buffers.x, which, logits);
    for (size_t i = 0; i < which.size(); ++i) {
      const size_t row = buffers.index[static_cast<size_t>(which[i])];
      if (!status.ok()) buffers.errors.fail(row, status.error());
      else on_logits(row, {logits[static_cast<int64_t>(i)], static_cast<size_t>(plan_.vocabulary)});
    }
  }
}

Status Engine::step(std::span<const Row> rows, OnLogits on_logits) {
  Pass pass = TUG_TRY(begin(rows));
  advance(pass);
  finish(pass, on_logits);
  for (size_t row = 0; row < rows.size(); ++row) {
    if (const Error* error = pass.error(row)) return *error;
  }
  return {};
}

Result<uint64_t> Engine::fingerprint() {
  if (!fingerprint_) fingerprint_ = TUG_TRY(fingerprint_of(checkpoint_, plan_));
  return *fingerprint_;
}

}  // namespace tug
