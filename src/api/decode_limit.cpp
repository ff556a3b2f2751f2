#include <algorithm>

#include "tugboat/model.h"

namespace tug {

DecodeLimit decode_limit(const ModelInfo& info, const Streaming& during, const ReadSpeed& speed) {
  const auto experts = static_cast<double>(info.expert_bytes_per_token);
  const auto dense = static_cast<double>(info.bytes_per_token) - experts;
  const auto asked = static_cast<double>(during.expert_hits + during.expert_misses);
  const double missing = asked > 0 ? static_cast<double>(during.expert_misses) / asked : 0;
  if (dense + experts <= 0 || speed.memory <= 0 || (missing > 0 && speed.drive <= 0)) return {};
  const double from_memory = experts * (1 - missing) / speed.memory;
  const double from_drive = missing > 0 ? experts * missing / speed.drive : 0;
  return {1 / (dense / speed.memory + std::max(from_memory, from_drive)), from_drive > from_memory};
}

}  // namespace tug
