#include <algorithm>

#include "backends/kernels_of.h"
#include "base/units.h"
#include "engine/options.h"
#include "files/embedded_demo.h"
#include "workshop/drive.h"
#include "workshop/limits.h"
#include "workshop/workshop.h"

namespace tug {
namespace {

/// What one token needs, in bytes as stored.
struct Need {
  double dense = 0, hits = 0, misses = 0;
  double memory_seconds(const Limits& limits) const { return (dense + hits) / limits.read; }
  double drive_seconds(const Limits& limits) const { return misses > 0 ? misses / limits.drive : 0; }
};

Need need_of(const ModelInfo& info, const Streaming& during) {
  const auto experts = static_cast<double>(info.expert_bytes_per_token);
  const auto asked = static_cast<double>(during.expert_hits + during.expert_misses);
  const double missing = asked > 0 ? static_cast<double>(during.expert_misses) / asked : 0;
  return {static_cast<double>(info.bytes_per_token) - experts, experts * (1 - missing), experts * missing};
}

std::string advice(const ModelInfo& info, const Need& need, const Limits& limits) {
  if (need.misses == 0) return "a smaller quantisation, or faster memory: all weights are in memory";
  const int64_t more = std::max<int64_t>(0, info.stored_bytes - info.weight_bytes);
  if (need.drive_seconds(limits) < need.memory_seconds(limits) / 4)
    return "a smaller quantisation, or faster memory: little is read from the drive";
  return "more memory: " + format_size(more) +
         " more would hold all weights; then a smaller quantisation, or " + "a faster drive";
}

}  // namespace

Result<Json> run_stats(const std::string& path, const ModelOptions& options, const Model& model,
                       const Streaming& during, const Timings& timings) {
  const ModelInfo& info = model.info();
  const bool streams = during.expert_places > 0;
  const Kernels& kernels = kernels_of(TUG_TRY(engine_options(options)).isa);
  LimitMeter meter = TUG_TRY(LimitMeter::make(kernels, info.threads, model.weight_memory()));
  Limits limits = meter.measure();
  if (streams) limits.drive = TUG_TRY(measure_drive(TUG_TRY(open_checkpoint(path))));

  const Need need = need_of(info, during);
  const auto tokens = static_cast<double>(std::max<int64_t>(1, timings.answer_tokens - 1));
  const double reached = timings.decode_seconds > 0 ? tokens / timings.decode_seconds : 0;
  const DecodeLimit possible = decode_limit(info, during, {limits.read, limits.drive});
  Json stats = Json::object({{"decode_ts", reached},
                             {"possible_ts", possible.per_second},
                             {"achieved", reached / possible.per_second},
                             {"bottleneck", possible.drive ? "drive" : "memory"},
                             {"read_gbps", limits.read / 1e9},
                             {"weight_bytes", info.bytes_per_token},
                             {"advice", advice(info, need, limits)}});
  if (!streams) return stats;
  const auto asked = static_cast<double>(std::max<int64_t>(1, during.expert_hits + during.expert_misses));
  const auto missed = static_cast<double>(std::max<int64_t>(1, during.expert_misses));
  stats.set("drive_gbps", limits.drive / 1e9);
  stats.set("drive_bytes", static_cast<double>(during.bytes_read) / tokens);
  stats.set("wait_ms", during.wait_seconds / tokens * 1e3);
  stats.set("hit_rate", static_cast<double>(during.expert_hits) / asked);
  stats.set("foreseen", static_cast<double>(during.foreseen) / missed);
  stats.set("expert_places", during.expert_places);
  return stats;
}

Result<ReadSpeed> read_speed(const std::string& path, const ModelOptions& options, const Model& model) {
  const Kernels& kernels = kernels_of(TUG_TRY(engine_options(options)).isa);
  ReadSpeed speed{.memory = read_rate(kernels, model.info().threads, model.weight_memory())};
  if (model.streaming().expert_places > 0)
    speed.drive = TUG_TRY(measure_drive(TUG_TRY(open_checkpoint(path))));
  return speed;
}

}  // namespace tug
