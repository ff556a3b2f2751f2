#include "engine/sequence_memory.h"

#include <algorithm>

#include "base/units.h"

namespace tug {

void Remembered::keep_start_of(const std::vector<int32_t>& prompt) {
  const auto differ = std::mismatch(tokens.begin(), tokens.end(), prompt.begin(), prompt.end() - 1).first;
  const auto common = differ - tokens.begin();
  if (differ == tokens.end()) return;
  if (common == 0 || !sequence->truncate(common).ok()) return forget();
  tokens.resize(static_cast<size_t>(common));
}

Status SequenceMemory::reserve(Remembered& remembered, int64_t tokens, int64_t context) {
  if (remembered.sequence) return remembered.sequence->reserve(tokens);
  auto sequence = TUG_TRY(engine_.new_sequence(context));
  TUG_TRY(sequence->reserve(tokens));
  remembered.sequence = std::move(sequence);
  return {};
}

Status SequenceMemory::check(int64_t tokens) const {
  const int64_t bytes = engine_.sequence_bytes(tokens);
  if (bytes <= engine_.sequences_limit()) return {};
  return Error(ErrorCode::kOutOfMemory,
               "The state of " + format_count(tokens) + " tokens needs " + format_size(bytes) + ", and " +
                   format_size(engine_.sequences_limit()) + " are left beside the weights: enough for " +
                   format_count(context_max()) + " tokens. Shorten the context or allow more memory.");
}

}  // namespace tug
