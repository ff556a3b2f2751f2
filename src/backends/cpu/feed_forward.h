// SwiGLU networks over some rows, down(silu(gate) * up): a dense block is one of them, a mixture of experts
// is many at once.
#pragma once

#include "backends/cpu/linear.h"

namespace tug::cpu {

/// What lies between the matrices: rows of up to `width` numbers.
struct FfnBuffers {
  FfnBuffers(Bump& bump, int64_t rows, int64_t most)
      : width(most),
        gate(bump.take<float>(rows * width)),
        up(bump.take<float>(rows * width)),
        hidden(bump, rows, width),
        places(bump.take<Place>(rows)) {}
  struct Place {
    int32_t network, row;  // row of the network
  };

  int64_t width;
  float *gate, *up;    // [rows, width]; a network's rows are dense, as wide as it is
  Activations hidden;  // silu(gate) * up
  Place* places;       // for activate()
};

/// One network and the rows that go through it.
struct Network {
  const DenseFfn* ffn = nullptr;
  const int32_t* rows = nullptr;   // of the input, and of what the output is added to; null: 0 .. count-1
  const float* factors = nullptr;  // of each row; null: 1
  int64_t count = 0;
  int64_t first = 0;  // its rows of the buffers
  ByteView gate = {}, up = {}, down = {};

  int64_t width() const { return ffn->gate.weight.rows; }
  /// The products of its matrices; what has landed of them is for the caller to say.
  Product gate_product(const Activations& input, const FfnBuffers& buffers) const;
  Product up_product(const Activations& input, const FfnBuffers& buffers) const;
  Product down_product(const FfnBuffers& buffers, float* out = nullptr) const;

 private:
  Product input_product(const Linear& linear, const Activations& input, float* out) const;
};

/// hidden = silu(gate) * up of every network, encoded for `down`.
void activate(const Cpu& cpu, std::span<const Network* const> networks, const FfnBuffers& buffers);

/// x += factor * network(input), in order, in three parallel regions; all matrices have landed. `products`
/// and `additions` have room for two and one for each network.
struct NetworkScratch {
  NetworkScratch(Bump& bump, int64_t networks)
      : products(bump.take<Product>(2 * networks)),
        additions(bump.take<Addition>(networks)),
        pointers(bump.take<const Network*>(networks)) {}
  Product* products;
  Addition* additions;
  const Network** pointers;
};
void run_networks(const Cpu& cpu, std::span<const Network> networks, const Activations& input,
                  const FfnBuffers& buffers, const NetworkScratch& scratch, View<float> x);

}  // namespace tug::cpu
