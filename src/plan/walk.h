// Walks over a plan: which linears make up a unit, which vectors there are, and what they are called.
#pragma once

#include <string_view>

#include "base/function_ref.h"
#include "plan/plan.h"

namespace tug {

using LinearVisitor = FunctionRef<void(std::string_view name, const Linear& linear)>;
using VectorVisitor = FunctionRef<void(std::string_view name, Vector& vector)>;
using ConstVectorVisitor = FunctionRef<void(std::string_view name, const Vector& vector)>;

/// The linears of a block's dense part (not its routed experts), in the order of their use, e.g. "q",
/// "router", "shared.up".
void for_each_linear(const Block& block, LinearVisitor visit);
void for_each_linear(const Expert& expert, LinearVisitor visit);

/// The linears of a unit. The unit must exist.
void for_each_linear(const Plan& plan, UnitId unit, LinearVisitor visit);

/// Every unit of the plan (without MTP): dense part, then experts, block by block; the head last.
void for_each_unit(const Plan& plan, FunctionRef<void(UnitId)> visit);

/// The present vectors of a block, biases included.
void for_each_vector(Block& block, VectorVisitor visit);
void for_each_vector(const Block& block, ConstVectorVisitor visit);

/// Gives every present vector of blocks and head its id and sets Plan::vectors.
void number_vectors(Plan& plan);

/// The present vectors in the order of their ids.
void for_each_vector(const Plan& plan, FunctionRef<void(const Vector& vector)> visit);

}  // namespace tug
