#include "engine/sequence_memory.h"

#include <algorithm>

#include "base/units.h"

namespace tug {
namespace {

/// A sequence grows by so many tokens at a time.
constexpr int64_t kGrowth = 64;

/// The most tokens whose state takes at most `total` bytes.
int64_t most_tokens(const Engine& engine, int64_t total, int64_t limit) {
  int64_t fits = 0, too_many = limit + 1;
  while (too_many - fits > 1) {
    const int64_t middle = fits + (too_many - fits) / 2;
    (engine.sequence_bytes(middle) <= total ? fits : too_many) = middle;
  }
  return fits;
}

}  // namespace

SequenceMemory::SequenceMemory(const Engine& engine)
    : engine_(engine),
      total_(engine.options().memory_limit - engine.store().memory()),
      context_max_(most_tokens(engine, total_, engine.plan().context)) {}

Status SequenceMemory::reserve(Remembered& remembered, int64_t tokens, int64_t context) {
  const int64_t size = std::min((tokens + kGrowth - 1) / kGrowth * kGrowth, context);
  const int64_t more = engine_.sequence_bytes(size) - remembered.bytes;
  if (remembered.sequence && more <= 0) return {};
  if (used_ + more > total_) {
    return Error(ErrorCode::kOutOfMemory, "The state of " + format_count(tokens) + " tokens needs " +
                                              format_size(more) + " more, and of the " + format_size(total_) +
                                              " beside the weights other requests and sessions hold " +
                                              format_size(used_ - remembered.bytes) + ".");
  }
  if (!remembered.sequence) remembered.sequence = TUG_TRY(engine_.new_sequence(context));
  remembered.bytes += more;
  used_ += more;
  return {};
}

void SequenceMemory::forget(Remembered& remembered) {
  remembered.sequence.reset();
  remembered.tokens.clear();
  used_ -= std::exchange(remembered.bytes, 0);
}

Status SequenceMemory::check(int64_t tokens) const {
  const int64_t bytes = engine_.sequence_bytes(tokens);
  if (bytes <= total_) return {};
  return Error(ErrorCode::kOutOfMemory,
               "The state of " + format_count(tokens) + " tokens needs " + format_size(bytes) + ", and " +
                   format_size(total_) + " are left beside the weights: enough for " +
                   format_count(context_max_) + " tokens. Shorten the context or allow more memory.");
}

}  // namespace tug
