// A plan for people and for programs: what `tug inspect` shows.
#pragma once

#include <string>

#include "base/json.h"
#include "plan/plan.h"

namespace tug {

/// What kind of work a block does: "attention", "gated_delta_net", "dense" or "moe".
std::string_view kind_name(const Work& work);

/// Its sizes beside the weights' shapes, e.g. "32 heads, 4 for keys and values, of 128; rotary 128, theta
/// 1e+06".
std::string describe(const Work& work);

/// Sizes and costs, then the layers, equal ones collapsed, with every weight's shape and formats.
std::string print_plan(const Plan& plan);

/// The same as an object: sizes, "cost", "layer_kinds" (with "layers" and "weights").
Json plan_json(const Plan& plan);

}  // namespace tug
