#include "engine/options.h"

#include <algorithm>

#include "platform/memory.h"

namespace tug {
namespace {

/// What stays free for everything else when the user names no limit.
constexpr double kUsableShare = 0.9;

}  // namespace

Result<EngineOptions> engine_options(const ModelOptions& options) {
  EngineOptions engine{.backend = options.backend, .isa = best_isa(), .threads = options.threads};
  if (!options.isa.empty()) {
    const auto isa = isa_from_name(options.isa);
    if (!isa)
      return Error(
          ErrorCode::kInvalidArgument,
          "\"" + options.isa + "\" is not an instruction set; choose avx2, avxvnni, avx512, amx or neon.");
    if (!isa_available(*isa))
      return Error(ErrorCode::kUnsupported, "This machine does not have " + options.isa + ".");
    engine.isa = *isa;
  }
  const auto kv = kv_from_name(options.kv);
  if (!kv) {
    return Error(ErrorCode::kInvalidArgument,
                 "\"" + options.kv + "\" is not a format of keys and values; choose f32, f16 or q8_0.");
  }
  engine.kv = *kv;
  if (options.threads < 0 || options.threads > 4096) {
    return Error(ErrorCode::kInvalidArgument, "The number of threads must be between 1 and 4096.");
  }
  if (options.threads == 0) engine.threads = available_cores();
  if (options.chunk < 0 || options.chunk > 65536) {
    return Error(ErrorCode::kInvalidArgument, "The chunk must be between 1 and 65536 tokens.");
  }
  engine.rows_max = options.chunk;
  if (options.cache < 0) {
    return Error(ErrorCode::kInvalidArgument, "The cache for experts cannot be smaller than nothing.");
  }
  engine.cache = options.cache;
  if (options.state_memory < -1) {
    return Error(ErrorCode::kInvalidArgument, "The memory for states cannot be smaller than nothing.");
  }
  if (options.waiting_max < 1) {
    return Error(ErrorCode::kInvalidArgument, "At least 1 request must be able to wait for its turn.");
  }
  engine.memory_limit =
      options.memory > 0
          ? options.memory
          : std::max<int64_t>(1, static_cast<int64_t>(kUsableShare * static_cast<double>(memory_headroom())));
  return engine;
}

}  // namespace tug
