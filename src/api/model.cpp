#include <algorithm>
#include <chrono>

#include "api/parts.h"
#include "plan/walk.h"
#include "platform/memory.h"

namespace tug {
namespace {

constexpr int64_t kChunk = 256;
/// What stays free for everything else when the user names no limit.
constexpr double kUsableShare = 0.9;

Result<EngineOptions> engine_options(const ModelOptions& options) {
  EngineOptions engine{.backend = options.backend, .isa = best_isa(), .threads = options.threads};
  if (!options.isa.empty()) {
    const auto isa = isa_from_name(options.isa);
    if (!isa)
      return Error(ErrorCode::kInvalidArgument,
                   "\"" + options.isa + "\" is not an instruction set; choose avx2 or avx512.");
    if (!isa_available(*isa))
      return Error(ErrorCode::kUnsupported, "This machine does not have " + options.isa + ".");
    engine.isa = *isa;
  }
  if (options.kv != "f32" && options.kv != "f16") {
    return Error(ErrorCode::kInvalidArgument,
                 "\"" + options.kv + "\" is not a format of keys and values; choose f32 or f16.");
  }
  engine.kv = options.kv == "f16" ? KvType::kF16 : KvType::kF32;
  if (options.threads < 0 || options.threads > 4096) {
    return Error(ErrorCode::kInvalidArgument, "The number of threads must be between 1 and 4096.");
  }
  if (options.threads == 0) engine.threads = available_cores();
  if (options.chunk < 0 || options.chunk > 65536) {
    return Error(ErrorCode::kInvalidArgument, "The chunk must be between 1 and 65536 tokens.");
  }
  engine.rows_max = options.chunk == 0 ? kChunk : options.chunk;
  if (options.waiting_max < 1) {
    return Error(ErrorCode::kInvalidArgument, "At least 1 request must be able to wait for its turn.");
  }
  engine.memory_limit = options.memory > 0
                            ? options.memory
                            : static_cast<int64_t>(kUsableShare * static_cast<double>(available_memory()));
  return engine;
}

/// Packed bytes that one decoded token reads: dense parts, the chosen share of the experts, the head.
int64_t bytes_per_token(const Plan& plan, const Packer& packer) {
  int64_t bytes = 0;
  for_each_unit(plan, [&](UnitId unit) {
    int64_t size = 0;
    for_each_linear(plan, unit, [&](std::string_view, const Linear& linear) {
      size += packer.packed_size(linear.weight);
    });
    if (unit.expert >= 0) {
      const MoeFfn& moe = std::get<MoeFfn>(plan.blocks[static_cast<size_t>(unit.block)].work);
      size = size * moe.rule.top_k / static_cast<int64_t>(moe.experts.size());
    }
    bytes += size;
  });
  return bytes;
}

}  // namespace

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
  info.weight_bytes = engine->store().memory();
  info.bytes_per_token = bytes_per_token(plan, engine->backend());
  info.load_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const ModelText::Parts& parts = text.parts();
  auto runner = std::make_unique<Runner>(*engine, parts.tokenizer, parts.stop_tokens, options.waiting_max);
  return Model(
      std::make_shared<Parts>(Parts{std::move(text), std::move(engine), std::move(info), std::move(runner)}));
}

ProcessMemory process_memory() { return {resident_memory(), resident_memory_peak()}; }

const ModelInfo& Model::info() const { return parts_->info; }
const ModelText& Model::text() const { return parts_->text; }

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
