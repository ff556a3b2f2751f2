#include "backends/cpu/feed_forward.h"

namespace tug::cpu {

Product Network::input_product(const Linear& linear, const Activations& input, float* out) const {
  return {.linear = &linear, .input = &input, .rows = rows, .count = count, .out = out};
}

Product Network::gate_product(const Activations& input, const FfnBuffers& buffers) const {
  return input_product(ffn->gate, input, buffers.gate + first * buffers.width);
}

Product Network::up_product(const Activations& input, const FfnBuffers& buffers) const {
  return input_product(ffn->up, input, buffers.up + first * buffers.width);
}

Product Network::down_product(const FfnBuffers& buffers, float* out) const {
  return {.linear = &ffn->down, .input = &buffers.hidden, .input_first = first, .count = count, .out = out};
}

void activate(const Cpu& cpu, std::span<const Network* const> networks, const FfnBuffers& buffers) {
  int64_t rows = 0;
  for (size_t i = 0; i < networks.size(); ++i) {
    for (int32_t row = 0; row < networks[i]->count; ++row)
      buffers.places[rows++] = {static_cast<int32_t>(i), row};
  }
  cpu.for_each(rows, buffers.width, [&](int64_t i, int) {
    const auto [index, row] = buffers.places[i];
    const Network& network = *networks[static_cast<size_t>(index)];
    const int64_t width = network.width(), at = network.first * buffers.width + row * width;
    cpu.kernels->apply_gate(GateKind::kSilu, buffers.up + at, buffers.gate + at, width,
                            buffers.hidden.row(network.first + row));
    buffers.hidden.encode(*cpu.kernels, network.first + row, width, forms_of({&network.ffn->down}));
  });
}

void run_networks(const Cpu& cpu, std::span<const Network> networks, const Activations& input,
                  const FfnBuffers& buffers, const NetworkScratch& scratch, View<float> x) {
  for (size_t i = 0; i < networks.size(); ++i) {
    const Network& network = networks[i];
    scratch.products[2 * i] = network.gate_product(input, buffers).with(network.gate);
    scratch.products[2 * i + 1] = network.up_product(input, buffers).with(network.up);
    scratch.additions[i] = {network.down_product(buffers).with(network.down), network.rows, network.factors};
    scratch.pointers[i] = &network;
  }
  cpu.phases->enter(Phase::kGateUp);
  multiply(cpu, {scratch.products, 2 * networks.size()});
  activate(cpu, {scratch.pointers, networks.size()}, buffers);
  cpu.phases->enter(Phase::kDown);
  add(cpu, {scratch.additions, networks.size()}, x);
}

}  // namespace tug::cpu
