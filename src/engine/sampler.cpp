#include "engine/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/random.h"
#include "base/units.h"
#include "engine/lottery.h"

namespace tug {
namespace {

constexpr double kLargest = std::numeric_limits<float>::max();

Error broken(int64_t position) {
  return Error(ErrorCode::kCorrupt, "No token can be chosen after " + format_count(position) +
                                        " tokens: the logits are not numbers, or every token is ruled out.");
}

/// Within float's range, so that no setting makes an infinity. What is infinite stays so.
inline float bounded(float logit, double changed) {
  return std::isinf(logit) ? logit : static_cast<float>(std::clamp(changed, -kLargest, kLargest));
}

/// The megabytes that a draw works in are the thread's, not each request's.
Lottery& lottery_of(const Kernels& kernels) {
  thread_local const Kernels* made_for = nullptr;
  thread_local Lottery lottery(kernels);
  if (made_for != &kernels) lottery = Lottery(kernels), made_for = &kernels;
  return lottery;
}

}  // namespace

bool Sampler::punishes() const {
  return sampling_.repetition_penalty != 1 || sampling_.presence_penalty != 0 ||
         sampling_.frequency_penalty != 0;
}

void Sampler::note(int32_t token, bool in_answer) {
  if (punishes()) noted_.push_back({token, in_answer ? 1 : 0});
}

void Sampler::take_noted() {
  const auto before = [](const Seen& a, const Seen& b) { return a.token < b.token; };
  if (noted_.size() == 1) {  // each step but the first
    const auto place = std::lower_bound(seen_.begin(), seen_.end(), noted_[0], before);
    if (place != seen_.end() && place->token == noted_[0].token) place->times += noted_[0].times;
    else seen_.insert(place, noted_[0]);
  } else if (!noted_.empty()) {
    seen_.insert(seen_.end(), noted_.begin(), noted_.end());
    std::sort(seen_.begin(), seen_.end(), before);
    size_t kept = 0;
    for (const Seen& seen : seen_) {
      if (kept > 0 && seen_[kept - 1].token == seen.token) seen_[kept - 1].times += seen.times;
      else seen_[kept++] = seen;
    }
    seen_.resize(kept);
  }
  noted_.clear();
}

/// Remembers what it changes in old_, which has room.
void Sampler::adjust(std::span<float> logits) {
  const auto known = static_cast<int32_t>(logits.size());
  const auto before = [](const Seen& seen, int32_t token) { return seen.token < token; };
  const auto first = std::lower_bound(seen_.begin(), seen_.end(), 0, before);
  const auto end = std::lower_bound(first, seen_.end(), known, before);
  // By index: branches on the signs would be guessed wrong half the time.
  const double factor[] = {sampling_.repetition_penalty, 1 / sampling_.repetition_penalty};
  const double once[] = {0, sampling_.presence_penalty}, each = sampling_.frequency_penalty;
  Old* old = old_.data();
  for (auto seen = first; seen != end; ++seen) {
    float& logit = logits[static_cast<size_t>(seen->token)];
    *old++ = {seen->token, logit};
    logit = bounded(logit, logit * factor[logit > 0] - (once[seen->times > 0] + each * seen->times));
  }
  for (const auto& [token, bias] : sampling_.logit_bias) {
    if (token < 0 || token >= known) continue;
    float& logit = logits[static_cast<size_t>(token)];
    *old++ = {token, logit};
    logit = bounded(logit, logit + bias);
  }
  old_.resize(static_cast<size_t>(old - old_.data()));
}

Result<int32_t> Sampler::choose(std::span<const float> logits, int64_t position) const {
  const Peak peak = kernels_->peak(logits.data(), static_cast<int64_t>(logits.size()));
  if (std::isnan(peak.magnitude) || std::isinf(peak.max)) return broken(position);
  if (sampling_.temperature == 0)
    return static_cast<int32_t>(std::find(logits.begin(), logits.end(), peak.max) - logits.begin());
  const double uniform = uniform_at(sampling_.seed, static_cast<uint64_t>(position));
  return lottery_of(*kernels_).draw(logits, peak.max, sampling_, uniform);
}

Result<int32_t> Sampler::sample(std::span<float> logits, int64_t position) {
  logits = logits.first(std::min(logits.size(), static_cast<size_t>(tokens_)));
  take_noted();
  old_.resize(seen_.size() + sampling_.logit_bias.size());
  adjust(logits);
  Result<int32_t> token = choose(logits, position);
  for (auto old = old_.rbegin(); old != old_.rend(); ++old)
    logits[static_cast<size_t>(old->token)] = old->logit;
  return token;
}

Status check_sampling(const Sampling& s) {
  const auto outside = [](const char* name, double value, double low, double high) -> Status {
    if (value >= low && value <= high) return {};
    const std::string range = std::isinf(high)
                                  ? "at least " + std::to_string(low)
                                  : "between " + std::to_string(low) + " and " + std::to_string(high);
    return Error(ErrorCode::kInvalidArgument,
                 std::string(name) + " must be " + range + ", not " + std::to_string(value) + ".");
  };
  TUG_TRY(outside("The temperature", s.temperature, 0, 1e6));
  TUG_TRY(outside("top_k", static_cast<double>(s.top_k), 0, 1e12));
  TUG_TRY(outside("top_p", s.top_p, 0, 1));
  TUG_TRY(outside("min_p", s.min_p, 0, 1));
  TUG_TRY(outside("The repetition penalty", s.repetition_penalty, 1e-3, 1e3));
  TUG_TRY(outside("The presence penalty", s.presence_penalty, -1e3, 1e3));
  TUG_TRY(outside("The frequency penalty", s.frequency_penalty, -1e3, 1e3));
  for (const auto& [token, bias] : s.logit_bias) TUG_TRY(outside("A logit bias", bias, -1e6, 1e6));
  return {};
}

}  // namespace tug
