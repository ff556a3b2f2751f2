// Mixture of experts (transformers `Qwen3MoeSparseMoeBlock`, `Qwen2MoeSparseMoeBlock`): a token adds up its
// experts in ascending id, the shared expert last.
#include <algorithm>
#include <numeric>

#include "backends/reference/blocks.h"

namespace tug::reference {
namespace {

struct Choice {
  int32_t expert;
  double weight;
};

/// The top_k experts of a token in ascending id; ties go to the lower id.
std::vector<Choice> route(const RouteRule& rule, Floats logits) {
  softmax(logits);
  std::vector<int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return logits[static_cast<size_t>(a)] > logits[static_cast<size_t>(b)];
  });
  order.resize(static_cast<size_t>(rule.top_k));
  std::sort(order.begin(), order.end());
  double sum = 0;
  for (int32_t expert : order) sum += logits[static_cast<size_t>(expert)];
  std::vector<Choice> choices;
  for (int32_t expert : order) {
    choices.push_back({expert, logits[static_cast<size_t>(expert)] / (rule.renormalise ? sum : 1)});
  }
  return choices;
}

}  // namespace

Result<Floats> run_moe(const MoeFfn& moe, const Weights& weights, int32_t block, FloatView x) {
  std::vector<double> sum(x.size());
  const auto add = [&](const Floats& out, double weight) {
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += weight * out[i];
  };
  for (const Choice& choice : route(moe.rule, weights.apply(moe.router, x))) {
    const Weights expert = TUG_TRY(Weights::of(weights.store(), {block, choice.expert}));
    add(swiglu(moe.experts[static_cast<size_t>(choice.expert)], expert, x), choice.weight);
  }
  if (moe.shared) add(swiglu(moe.shared->ffn, weights, x), sigmoid(weights.apply(moe.shared->gate, x)[0]));
  return Floats(sum.begin(), sum.end());
}

}  // namespace tug::reference
