#include <chrono>

#include "api/parts.h"
#include "engine/options.h"
#include "files/embedded_demo.h"
#include "plan/cost.h"
#include "platform/memory.h"

namespace tug {
Result<Model> Model::open(const std::string& model, const ModelOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const EngineOptions engine_settings = TUG_TRY(engine_options(options));
  Checkpoint checkpoint = TUG_TRY(open_checkpoint(model));
  ModelText text = TUG_TRY(read_model_text(checkpoint));
  const auto progress = [&](int64_t done, int64_t total) {
    if (options.progress) options.progress(done, total);
  };
  auto engine = TUG_TRY(Engine::load(std::move(checkpoint), engine_settings, progress));

  const Plan& plan = engine->plan();
  ModelInfo info;
  info.name = plan.name;
  info.architecture = plan.architecture;
  info.backend = engine->backend().name();
  info.isa = isa_name(engine_settings.isa);
  info.threads = engine_settings.threads;
  info.vocabulary = plan.vocabulary;
  info.context = plan.context;
  info.weight_bytes = static_cast<int64_t>(engine->store().memory().size());
  info.stored_bytes = cost_of(plan).stored_bytes;
  info.bytes_per_token = cost_of(plan).bytes_per_token;
  for (const Block& block : plan.blocks) {
    if (const auto* moe = std::get_if<MoeFfn>(&block.work))
      info.expert_bytes_per_token += moe->rule.top_k * cost_of(plan, UnitId{block.index, 0}).bytes_per_token;
  }
  info.load_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const ModelText::Parts& parts = text.parts();
  const int64_t state_memory =
      options.state_memory >= 0 ? options.state_memory : engine->sequences_limit() / 2;
  auto runner = std::make_unique<Runner>(*engine, parts.tokenizer, parts.stop_tokens, options.waiting_max,
                                         state_memory);
  return Model(
      std::make_shared<Parts>(Parts{std::move(text), std::move(engine), std::move(info), std::move(runner)}));
}

ProcessMemory process_memory() { return {resident_memory(), resident_memory_peak()}; }

const ModelInfo& Model::info() const { return parts_->info; }
const ModelText& Model::text() const { return parts_->text; }

Streaming Model::streaming() const {
  const StoreStats now = parts_->engine->store().stats();
  return {now.hits, now.misses, now.foreseen, now.bytes_read, now.stall_seconds, now.places};
}

std::span<const std::byte> Model::weight_memory() const { return parts_->engine->store().memory(); }

Streaming Streaming::operator-(const Streaming& before) const {
  return {expert_hits - before.expert_hits, expert_misses - before.expert_misses, foreseen - before.foreseen,
          bytes_read - before.bytes_read,   wait_seconds - before.wait_seconds,   expert_places};
}

Result<Ticket> Model::submit(Request request, EventSink events) const {
  if (!events) return Error(ErrorCode::kInvalidArgument, "A request needs a sink for its events.");
  return parts_->runner->submit(std::move(request), std::move(events));
}

void Model::cancel(Ticket ticket) const { parts_->runner->cancel(ticket); }

Result<Session> Model::new_session(int64_t context) const {
  const Engine& engine = *parts_->engine;
  if (context < 0) return Error(ErrorCode::kInvalidArgument, "The context must be at least 1 token.");
  if (context == 0) context = engine.largest_capacity();
  TUG_TRY(engine.check_room(context));
  auto session = std::make_unique<Session::Parts>(parts_, context, std::make_shared<Remembered>());
  return Session(std::move(session));
}

}  // namespace tug
