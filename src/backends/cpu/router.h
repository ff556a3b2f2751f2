// Which experts a token goes to, and how much each counts.
#pragma once

#include "kernels/kernels.h"
#include "plan/plan.h"

namespace tug::cpu {

/// logits [E] become probabilities (softmax over all experts); the top_k largest are chosen, ties to the
/// lower id. chosen, weights [top_k], the largest first; the weights are the probabilities, divided by their
/// sum when the rule says so. Always top_k distinct experts, whatever the logits. Requires 1 <= top_k <= E.
void route(const Kernels& kernels, const RouteRule& rule, int64_t experts, float* logits, int32_t* chosen,
           float* weights);

}  // namespace tug::cpu
