#include "backends/cpu/router.h"

namespace tug::cpu {
namespace {

constexpr float kTaken = -1;  // no probability

/// The largest that is not taken. A NaN is never larger, but is chosen when nothing else is left.
int32_t largest(const float* probabilities, int64_t experts) {
  int32_t best = -1;
  for (int32_t e = 0; e < experts; ++e) {
    if (probabilities[e] != kTaken && (best < 0 || probabilities[e] > probabilities[best])) best = e;
  }
  return best;
}

}  // namespace

void route(const Kernels& kernels, const RouteRule& rule, int64_t experts, float* logits, int32_t* chosen,
           float* weights) {
  const SoftmaxSum softmax = kernels.softmax(experts, logits);
  kernels.scale(1.0f / softmax.sum, experts, logits);
  float sum = 0;
  for (int64_t i = 0; i < rule.top_k; ++i) {
    chosen[i] = largest(logits, experts);
    weights[i] = logits[chosen[i]];
    logits[chosen[i]] = kTaken;
    sum += weights[i];
  }
  if (rule.renormalise) kernels.scale(1.0f / sum, rule.top_k, weights);
}

}  // namespace tug::cpu
