// Layers of equal structure, seen as one: what printing a plan needs.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plan/cost.h"
#include "plan/plan.h"

namespace tug {

/// One weight of a kind of layer, summed over its layers (and over the experts of each).
struct WeightKind {
  std::string name;  // "qkv", "expert.up"
  int64_t rows = 0, cols = 0;
  int64_t count = 0;                     // in all layers
  std::map<std::string, int64_t> types;  // how many of which format
  Cost cost;
};

struct LayerKind {
  std::string name;                                        // "gated_delta_net + moe"
  std::vector<int32_t> layers;                             // ascending
  std::vector<std::pair<std::string, std::string>> works;  // kind and description of each block
  std::vector<WeightKind> weights;
  Cost cost;
};

/// In the order of their first layers. Layers are equal when their works' descriptions and the shapes of
/// their weights are; formats may differ.
std::vector<LayerKind> layer_kinds(const std::vector<Block>& blocks);

}  // namespace tug
