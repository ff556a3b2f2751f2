#include "engine/remembered.h"

#include <algorithm>

namespace tug {

Status Remembered::reserve(const Engine& engine, int64_t count, int64_t context) {
  if (sequence) return sequence->reserve(count);
  auto fresh = TUG_TRY(engine.new_sequence(context));
  TUG_TRY(fresh->reserve(count));
  sequence = std::move(fresh);
  return {};
}

void Remembered::keep_start_of(const std::vector<int32_t>& prompt) {
  const auto differ = std::mismatch(tokens.begin(), tokens.end(), prompt.begin(), prompt.end() - 1).first;
  const auto common = differ - tokens.begin();
  if (differ == tokens.end()) return;
  if (common == 0 || !sequence->truncate(common).ok()) return forget();
  tokens.resize(static_cast<size_t>(common));
}

}  // namespace tug
