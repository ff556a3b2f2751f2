#include "plan/layer_kinds.h"

#include <algorithm>

#include "plan/print.h"
#include "plan/walk.h"

namespace tug {
namespace {

void add_weight(std::vector<WeightKind>& weights, std::string name, const Linear& linear, int64_t active,
                int64_t of) {
  const Matrix& matrix = linear.weight;
  auto same = [&](const WeightKind& kind) {
    return kind.name == name && kind.rows == matrix.rows && kind.cols == matrix.cols;
  };
  auto kind = std::find_if(weights.begin(), weights.end(), same);
  if (kind == weights.end()) {
    kind = weights.insert(weights.end(), WeightKind{std::move(name), matrix.rows, matrix.cols, 0, {}, {}});
  }
  ++kind->count;
  ++kind->types[std::string(type_info(matrix.type).name)];
  Cost cost = cost_of(linear);
  // Summed over all experts, top_k of them are active: each adds its share, as near as whole numbers come.
  const int64_t before = (kind->count - 1) * active / of, after = kind->count * active / of;
  if (before == after) cost.active_parameters = cost.bytes_per_token = cost.operations_per_token = 0;
  kind->cost += cost;
}

std::vector<WeightKind> weights_of(const Block& block) {
  std::vector<WeightKind> weights;
  for_each_linear(block, [&](std::string_view name, const Linear& linear) {
    add_weight(weights, std::string(name), linear, 1, 1);
  });
  const auto* moe = std::get_if<MoeFfn>(&block.work);
  if (!moe) return weights;
  for (const Expert& expert : moe->experts) {
    for_each_linear(expert, [&](std::string_view name, const Linear& linear) {
      add_weight(weights, "expert." + std::string(name), linear, moe->rule.top_k,
                 static_cast<int64_t>(moe->experts.size()));
    });
  }
  return weights;
}

/// The layer that begins at `first`; moves `first` behind it.
LayerKind one_layer(const std::vector<Block>& blocks, size_t& first) {
  LayerKind kind;
  const int32_t layer = blocks[first].layer;
  kind.layers = {layer};
  for (; first < blocks.size() && blocks[first].layer == layer; ++first) {
    const Work& work = blocks[first].work;
    kind.name += (kind.name.empty() ? "" : " + ") + std::string(kind_name(work));
    kind.works.emplace_back(kind_name(work), describe(work));
    const std::vector<WeightKind> weights = weights_of(blocks[first]);
    kind.weights.insert(kind.weights.end(), weights.begin(), weights.end());
    kind.cost += cost_of(blocks[first]);
  }
  return kind;
}

bool same_structure(const LayerKind& a, const LayerKind& b) {
  auto same = [](const WeightKind& x, const WeightKind& y) {
    return x.name == y.name && x.rows == y.rows && x.cols == y.cols;
  };
  return a.works == b.works &&
         std::equal(a.weights.begin(), a.weights.end(), b.weights.begin(), b.weights.end(), same);
}

void merge(LayerKind& into, const LayerKind& layer) {
  into.layers.insert(into.layers.end(), layer.layers.begin(), layer.layers.end());
  into.cost += layer.cost;
  for (size_t i = 0; i < into.weights.size(); ++i) {
    into.weights[i].count += layer.weights[i].count;
    into.weights[i].cost += layer.weights[i].cost;
    for (const auto& [type, count] : layer.weights[i].types) into.weights[i].types[type] += count;
  }
}

}  // namespace

std::vector<LayerKind> layer_kinds(const std::vector<Block>& blocks) {
  std::vector<LayerKind> kinds;
  for (size_t first = 0; first < blocks.size();) {
    const LayerKind layer = one_layer(blocks, first);
    auto same = [&](const LayerKind& kind) { return same_structure(kind, layer); };
    const auto kind = std::find_if(kinds.begin(), kinds.end(), same);
    if (kind == kinds.end()) {
      kinds.push_back(layer);
    } else {
      merge(*kind, layer);
    }
  }
  return kinds;
}

}  // namespace tug
