#include "plan/cost.h"
#include "plan/layer_kinds.h"
#include "plan/print.h"

namespace tug {
namespace {

Json cost_json(const Cost& cost) {
  return Json::object({{"parameters", cost.parameters},
                       {"active_parameters", cost.active_parameters},
                       {"stored_bytes", cost.stored_bytes},
                       {"bytes_per_token", cost.bytes_per_token},
                       {"operations_per_token", cost.operations_per_token},
                       {"operations_per_context_token", cost.operations_per_context_token},
                       {"kv_bytes_per_token", cost.kv_bytes_per_token},
                       {"recurrent_bytes", cost.recurrent_bytes}});
}

Json weight_json(const WeightKind& weight) {
  Json types = Json::object();
  for (const auto& [type, count] : weight.types) types.set(type, count);
  return Json::object({{"name", weight.name},
                       {"shape", Json::array({weight.rows, weight.cols})},
                       {"count", weight.count},
                       {"formats", types},
                       {"stored_bytes", weight.cost.stored_bytes},
                       {"bytes_per_token", weight.cost.bytes_per_token}});
}

Json kind_json(const LayerKind& kind) {
  Json layers = Json::array(), weights = Json::array(), works = Json::object();
  for (const auto& [work, description] : kind.works) works.set(work, description);
  for (const int32_t layer : kind.layers) layers.push(layer);
  for (const WeightKind& weight : kind.weights) weights.push(weight_json(weight));
  return Json::object({{"kind", kind.name},
                       {"layers", layers},
                       {"works", works},
                       {"cost", cost_json(kind.cost)},
                       {"weights", weights}});
}

Json matrix_json(const Matrix& matrix) {
  return Json::object({{"shape", Json::array({matrix.rows, matrix.cols})},
                       {"format", type_info(matrix.type).name},
                       {"stored_bytes", stored_bytes(matrix)}});
}

}  // namespace

Json plan_json(const Plan& plan) {
  Json kinds = Json::array();
  for (const LayerKind& kind : layer_kinds(plan.blocks)) kinds.push(kind_json(kind));
  return Json::object({{"architecture", plan.architecture},
                       {"name", plan.name},
                       {"hidden", plan.hidden},
                       {"layers", plan.layers},
                       {"vocabulary", plan.vocabulary},
                       {"context", plan.context},
                       {"tied", plan.tied},
                       {"cost", cost_json(cost_of(plan))},
                       {"embedding", matrix_json(plan.embedding)},
                       {"head", matrix_json(plan.head.weight)},
                       {"mtp", plan.mtp ? cost_json(cost_of(*plan.mtp)) : Json()},
                       {"layer_kinds", kinds}});
}

}  // namespace tug
