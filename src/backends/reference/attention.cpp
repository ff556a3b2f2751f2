// Causal softmax attention, plain or gated, with rotary positions (transformers `Qwen3MoeAttention`,
// `Qwen3NextAttention`; YaRN: arXiv 2309.00071).
#include <algorithm>
#include <numbers>

#include "backends/reference/blocks.h"

namespace tug::reference {
namespace {

/// The dimension whose wave turns `rotations` times over the original context (YaRN).
double correction_dim(const Rope& rope, double rotations) {
  return static_cast<double>(rope.dims) *
         std::log(rope.yarn->original_context / (rotations * 2 * std::numbers::pi)) /
         (2 * std::log(rope.theta));
}

double frequency(const Rope& rope, int64_t i) {
  const double plain = std::pow(rope.theta, -2.0 * static_cast<double>(i) / static_cast<double>(rope.dims));
  if (!rope.yarn) return plain;
  double low = correction_dim(rope, rope.yarn->beta_fast), high = correction_dim(rope, rope.yarn->beta_slow);
  if (rope.yarn->truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0), high = std::min(high, static_cast<double>(rope.dims - 1));
  if (low == high) high += 0.001;
  const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
  return plain / rope.yarn->factor * ramp + plain * (1 - ramp);
}

void rotate(const Rope& rope, int64_t position, float* head) {
  const double factor = rope.yarn ? rope.yarn->attention_factor : 1;
  for (int64_t i = 0; i < rope.dims / 2; ++i) {
    // Hugging Face's angles are float32.
    const float angle = static_cast<float>(position) * static_cast<float>(frequency(rope, i));
    const double c = std::cos(static_cast<double>(angle)) * factor,
                 s = std::sin(static_cast<double>(angle)) * factor;
    const double a = head[i], b = head[i + rope.dims / 2];
    head[i] = static_cast<float>(a * c - b * s);
    head[i + rope.dims / 2] = static_cast<float>(b * c + a * s);
  }
}

/// Norm (where there is one) and rotation of every head.
void finish_heads(const Weights& weights, const std::optional<Norm>& norm, const Rope& rope, int64_t position,
                  int64_t head_dim, Floats& heads) {
  for (auto head = heads.begin(); head != heads.end(); head += head_dim) {
    if (norm) std::ranges::copy(weights.norm(*norm, {&*head, static_cast<size_t>(head_dim)}), head);
    rotate(rope, position, &*head);
  }
}

/// Splits gated heads [query, gate] into queries and gates.
std::pair<Floats, Floats> split_gate(const Floats& q, size_t head_dim) {
  Floats query, gate;
  for (size_t i = 0; i < q.size(); ++i) ((i / head_dim) % 2 == 0 ? query : gate).push_back(q[i]);
  return {query, gate};
}

}  // namespace

Floats run_attention(const Attention& attention, const Weights& weights, const AttentionState& state,
                     int64_t position, FloatView x) {
  const auto dim = static_cast<size_t>(attention.head_dim);
  Floats query = weights.apply(attention.q, x), gate;
  if (attention.gated) std::tie(query, gate) = split_gate(query, dim);
  Floats key = weights.apply(attention.k, x);
  const Floats value = weights.apply(attention.v, x);
  finish_heads(weights, attention.q_norm, attention.rope, position, attention.head_dim, query);
  finish_heads(weights, attention.k_norm, attention.rope, position, attention.head_dim, key);
  std::ranges::copy(key, state.key(position).begin());
  std::ranges::copy(value, state.value(position).begin());

  const size_t group = static_cast<size_t>(attention.heads / attention.kv_heads);
  Floats out;
  for (size_t head = 0; head < static_cast<size_t>(attention.heads); ++head) {
    const FloatView q(&query[head * dim], dim);
    const size_t offset = head / group * dim;  // of the key head in a cached row
    Floats scores;
    for (int64_t p = 0; p <= position; ++p)
      scores.push_back(static_cast<float>(dot(q, state.key(p).subspan(offset, dim)) / std::sqrt(dim)));
    softmax(scores);
    for (size_t i = 0; i < dim; ++i) {
      double sum = 0;
      for (int64_t p = 0; p <= position; ++p)
        sum += static_cast<double>(scores[static_cast<size_t>(p)]) * state.value(p)[offset + i];
      out.push_back(static_cast<float>(sum));
    }
  }
  for (size_t i = 0; i < gate.size(); ++i) out[i] = static_cast<float>(out[i] * sigmoid(gate[i]));
  return weights.apply(attention.o, out);
}

}  // namespace tug::reference
