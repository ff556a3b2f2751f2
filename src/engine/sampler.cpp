#include "engine/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/exact_math.h"
#include "base/random.h"

namespace tug {
namespace {

constexpr float kImpossible = -std::numeric_limits<float>::infinity();

int32_t most_likely(std::span<const float> logits) {
  return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace

void Sampler::note(int32_t token, bool in_answer) { seen_[token] += in_answer ? 1 : 0; }

void Sampler::adjust(std::span<float> logits) const {
  const auto known = static_cast<int32_t>(logits.size());
  for (const auto& [token, times] : seen_) {
    if (token >= known) continue;
    float& logit = logits[static_cast<size_t>(token)];
    double value = logit;
    value = value > 0 ? value / sampling_.repetition_penalty : value * sampling_.repetition_penalty;
    if (times > 0)
      value -= sampling_.presence_penalty + sampling_.frequency_penalty * static_cast<double>(times);
    logit = static_cast<float>(value);
  }
  for (const auto& [token, bias] : sampling_.logit_bias) {
    if (token < 0 || token >= known) continue;
    float& logit = logits[static_cast<size_t>(token)];
    logit = static_cast<float>(logit + bias);
  }
  for (float& logit : logits) {
    if (std::isnan(logit)) logit = kImpossible;
  }
}

/// The top_k candidates, best first.
void Sampler::choose_candidates(std::span<const float> logits) {
  candidates_.clear();
  for (size_t token = 0; token < logits.size(); ++token) {
    if (logits[token] > kImpossible) candidates_.push_back({logits[token], static_cast<int32_t>(token)});
  }
  const auto better = [](const Candidate& a, const Candidate& b) {
    return a.value != b.value ? a.value > b.value : a.token < b.token;
  };
  const auto count = static_cast<int64_t>(candidates_.size());
  const int64_t keep = sampling_.top_k > 0 ? std::min(sampling_.top_k, count) : count;
  std::partial_sort(candidates_.begin(), candidates_.begin() + keep, candidates_.end(), better);
  candidates_.resize(static_cast<size_t>(keep));
}

/// Logits become weights relative to the best; top-p and min-p cut the tail.
void Sampler::weigh_candidates() {
  const double best = candidates_.front().value;
  double sum = 0;
  for (Candidate& candidate : candidates_) {
    candidate.value =
        candidate.value == best ? 1 : exact_exp((candidate.value - best) / sampling_.temperature);
    sum += candidate.value;
  }
  double cumulative = 0;
  size_t keep = 0;
  while (keep < candidates_.size() && (keep == 0 || cumulative < sampling_.top_p * sum)) {
    if (candidates_[keep].value < sampling_.min_p) break;
    cumulative += candidates_[keep++].value;
  }
  candidates_.resize(keep);
}

int32_t Sampler::sample(std::span<float> logits, int64_t position) {
  logits = logits.first(std::min(logits.size(), static_cast<size_t>(tokens_)));
  adjust(logits);
  if (sampling_.temperature == 0) return most_likely(logits);
  choose_candidates(logits);
  if (candidates_.empty()) return most_likely(logits);
  weigh_candidates();
  double sum = 0;
  for (const Candidate& candidate : candidates_) sum += candidate.value;
  double left = uniform_at(sampling_.seed, static_cast<uint64_t>(position)) * sum;
  for (const Candidate& candidate : candidates_) {
    left -= candidate.value;
    if (left < 0) return candidate.token;
  }
  return candidates_.back().token;
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
