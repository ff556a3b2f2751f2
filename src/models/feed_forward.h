// Feed-forward blocks of all architectures: dense SwiGLU, or a router, its experts and perhaps a shared one.
#pragma once

#include <vector>

#include "models/builder.h"

namespace tug {

struct MoeTraits {
  bool shared_expert = false;
  bool renormalise = true;           // when the source does not say
  bool always_renormalises = false;  // whatever it says
  bool may_have_dense_layers = true;
};

struct FeedForwardSizes {
  MoeTraits traits;
  int64_t experts = 0, width = 0, shared_width = 0;  // no experts: all layers are dense
  RouteRule rule;
  PerLayer dense_width;
  int64_t sparse_step = 1;
  std::vector<int64_t> dense_layers;  // sorted
};

/// Hyper-parameters of an architecture whose layers are all dense.
FeedForwardSizes read_dense(Builder& builder);
/// Hyper-parameters of a mixture of experts, with the rule that makes some layers dense.
FeedForwardSizes read_moe(Builder& builder, const MoeTraits& traits);

/// The layer's feed-forward, dense or not.
Work take_feed_forward(Builder& builder, const Layer& layer, const FeedForwardSizes& sizes);

}  // namespace tug
