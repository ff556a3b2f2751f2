#include "plan/cost.h"

#include "plan/stored_rows.h"
#include "plan/walk.h"

namespace tug {
namespace {

constexpr int64_t kFloat = sizeof(float);

/// Numbers that are read whole for every token.
Cost weights(int64_t parameters, int64_t bytes) {
  Cost cost;
  cost.parameters = cost.active_parameters = parameters;
  cost.stored_bytes = cost.bytes_per_token = bytes;
  return cost;
}

Cost cost_of(const Vector& vector) { return weights(vector.size, vector.bytes.size); }

/// `part` of `whole` equal things is active.
Cost share(Cost cost, int64_t part, int64_t whole) {
  for (int64_t* number : {&cost.active_parameters, &cost.bytes_per_token, &cost.operations_per_token}) {
    *number = *number / whole * part + *number % whole * part / whole;
  }
  return cost;
}

// What the works do beside their linears.

Cost state_of(const Attention& work) {
  Cost cost;
  cost.kv_bytes_per_token = 2 * work.kv_heads * work.head_dim * kFloat;
  cost.operations_per_context_token = 4 * work.heads * work.head_dim;  // q*k and p*v
  return cost;
}

Cost state_of(const GatedDeltaNet& work) {
  const int64_t state = work.value_heads * work.key_dim * work.value_dim;
  Cost cost;
  cost.recurrent_bytes = (state + (work.conv_kernel - 1) * work.channels()) * kFloat;
  // Decay, read, update and output of the state (7 for each of its numbers), and the convolution.
  cost.operations_per_token = 7 * state + 2 * work.conv_kernel * work.channels();
  return cost;
}

Cost state_of(const DenseFfn&) { return {}; }
Cost state_of(const MoeFfn&) { return {}; }

Cost dense_part(const Block& block) {
  Cost cost = std::visit([](const auto& work) { return state_of(work); }, block.work);
  for_each_linear(block, [&](std::string_view, const Linear& linear) { cost += cost_of(linear); });
  for_each_vector(block, [&](std::string_view name, const Vector& vector) {
    if (!name.ends_with(".bias")) cost += cost_of(vector);  // a linear counts its own
  });
  return cost;
}

Cost cost_of(const Expert& expert) {
  Cost cost;
  for_each_linear(expert, [&](std::string_view, const Linear& linear) { cost += cost_of(linear); });
  return cost;
}

Cost head_cost(const Plan& plan) {
  Cost cost = cost_of(plan.head);
  if (plan.tied) cost.parameters = cost.stored_bytes = 0;  // the embedding's
  cost += cost_of(plan.head_norm.weight);
  return cost;
}

}  // namespace

Cost& Cost::operator+=(const Cost& other) {
  parameters += other.parameters;
  active_parameters += other.active_parameters;
  stored_bytes += other.stored_bytes;
  bytes_per_token += other.bytes_per_token;
  operations_per_token += other.operations_per_token;
  operations_per_context_token += other.operations_per_context_token;
  kv_bytes_per_token += other.kv_bytes_per_token;
  recurrent_bytes += other.recurrent_bytes;
  return *this;
}

int64_t stored_bytes(const Matrix& matrix) {
  const int64_t bytes = matrix.rows * row_bytes(matrix.type, matrix.cols).value_or(0);
  if (matrix.block_scales.size == 0) return bytes;
  const int64_t scale = row_bytes(matrix.scales_type, 1).value_or(kFloat);
  return bytes + scale_blocks(matrix.rows) * scale_blocks(matrix.cols) * scale;
}

Cost cost_of(const Linear& linear) {
  const int64_t size = linear.weight.rows * linear.weight.cols;
  Cost cost = weights(size, stored_bytes(linear.weight));
  cost.operations_per_token = 2 * size;
  cost += cost_of(linear.bias);
  return cost;
}

Cost cost_of(const Plan& plan, UnitId unit) {
  if (unit.block == UnitId::kHead) return head_cost(plan);
  const Block& block = plan.blocks.at(static_cast<size_t>(unit.block));
  if (unit.expert < 0) return dense_part(block);
  return cost_of(std::get<MoeFfn>(block.work).experts.at(static_cast<size_t>(unit.expert)));
}

Cost cost_of(const Block& block) {
  Cost cost = dense_part(block);
  const auto* moe = std::get_if<MoeFfn>(&block.work);
  if (!moe || moe->experts.empty()) return cost;
  Cost experts;
  for (const Expert& expert : moe->experts) experts += cost_of(expert);
  return cost += share(experts, moe->rule.top_k, static_cast<int64_t>(moe->experts.size()));
}

Cost cost_of(const Plan& plan) {
  Cost cost = head_cost(plan);
  for (const Block& block : plan.blocks) cost += cost_of(block);
  cost.parameters += plan.embedding.rows * plan.embedding.cols;
  cost.stored_bytes += stored_bytes(plan.embedding);
  return cost;
}

Cost cost_of(const Mtp& mtp) {
  Cost cost = cost_of(mtp.fc);
  for (const Norm* norm : {&mtp.embedding_norm, &mtp.hidden_norm, &mtp.norm}) cost += cost_of(norm->weight);
  for (const Block& block : mtp.blocks) cost += cost_of(block);
  return cost;
}

}  // namespace tug
