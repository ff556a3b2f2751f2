// Gated DeltaNet in its recurrent form, token by token (arXiv 2412.06464; transformers
// `torch_recurrent_gated_delta_rule`).
#include <algorithm>

#include "backends/reference/blocks.h"

namespace tug::reference {
namespace {

/// Causal depthwise convolution over the last inputs, then SiLU; remembers the input.
Floats convolve(const GatedDeltaNet& net, FloatView taps, const DeltaNetState& state, int64_t position,
                const Floats& input) {
  std::ranges::copy(input, state.input(position).begin());
  const auto kernel = static_cast<size_t>(net.conv_kernel);
  Floats out;
  for (size_t c = 0; c < input.size(); ++c) {
    double sum = 0;
    for (size_t tap = 0; tap < kernel; ++tap) {
      const int64_t back = net.conv_kernel - 1 - static_cast<int64_t>(tap);
      sum += static_cast<double>(taps[c * kernel + tap]) * state.input(position - back)[c];
    }
    out.push_back(static_cast<float>(silu(sum)));
  }
  return out;
}

/// x / |x| * scale.
Floats normalised(FloatView x, double scale) {
  const double factor = scale / std::sqrt(dot(x, x) + 1e-6);
  Floats y;
  for (float value : x) y.push_back(static_cast<float>(value * factor));
  return y;
}

/// One step of one value head: memory [Dk, Dv] decays, takes in key and value, and is asked by the query.
Floats step(float* memory, const Floats& query, const Floats& key, FloatView value, double decay,
            double beta) {
  const size_t dk = key.size(), dv = value.size();
  for (size_t i = 0; i < dk * dv; ++i) memory[i] = static_cast<float>(memory[i] * decay);
  Floats out;
  for (size_t v = 0; v < dv; ++v) {
    double known = 0, answer = 0;
    for (size_t k = 0; k < dk; ++k) known += static_cast<double>(memory[k * dv + v]) * key[k];
    const double delta = beta * (value[v] - known);
    for (size_t k = 0; k < dk; ++k) {
      memory[k * dv + v] = static_cast<float>(memory[k * dv + v] + key[k] * delta);
      answer += static_cast<double>(memory[k * dv + v]) * query[k];
    }
    out.push_back(static_cast<float>(answer));
  }
  return out;
}

}  // namespace

Floats run_delta_net(const GatedDeltaNet& net, const Weights& weights, const DeltaNetState& state,
                     int64_t position, FloatView x) {
  const auto dk = static_cast<size_t>(net.key_dim), dv = static_cast<size_t>(net.value_dim);
  const size_t keys = static_cast<size_t>(net.key_heads) * dk;
  const Floats mixed = convolve(net, weights.vector(net.conv), state, position, weights.apply(net.qkv, x));
  const Floats z = weights.apply(net.z, x), a = weights.apply(net.a, x), b = weights.apply(net.b, x);
  const FloatView decay = weights.vector(net.decay), dt_bias = weights.vector(net.dt_bias);

  const std::span<float> memory = state.memory(position + 1);
  std::ranges::copy(state.memory(position), memory.begin());
  Floats out;
  for (size_t head = 0; head < static_cast<size_t>(net.value_heads); ++head) {
    const auto key_head = static_cast<size_t>(net.key_head_of(static_cast<int64_t>(head)));
    const Floats query = normalised({&mixed[key_head * dk], dk}, 1 / std::sqrt(static_cast<double>(dk)));
    const Floats key = normalised({&mixed[keys + key_head * dk], dk}, 1);
    const FloatView value(&mixed[2 * keys + head * dv], dv);
    const double rate = net.decay_is_log ? -std::exp(static_cast<double>(decay[head])) : decay[head];
    const double log_decay = rate * softplus(static_cast<double>(a[head]) + dt_bias[head]);
    const Floats answer =
        step(&memory[head * dk * dv], query, key, value, std::exp(log_decay), sigmoid(b[head]));
    const Floats normed = weights.norm(net.norm, answer);
    for (size_t v = 0; v < dv; ++v) {
      const double gate = z[head * dv + v];
      out.push_back(static_cast<float>(normed[v] * (net.sigmoid_gate ? sigmoid(gate) : silu(gate))));
    }
  }
  return weights.apply(net.out, out);
}

}  // namespace tug::reference
