// SwiGLU networks over some rows: a dense block is one of them, a mixture of experts is many at once.
#pragma once

#include "backends/cpu/linear.h"

namespace tug::cpu {

/// One network and the rows that go through it.
struct FfnJob {
  const DenseFfn* ffn = nullptr;
  Product gate, up;          // of the same rows, `out` unused
  int64_t hidden_first = 0;  // its rows of the hidden activations
  Addition down;             // reads them
};

/// Fills in a job. rows: of the input and of x; null: 0 .. count-1. factors: of each row; null: 1.
FfnJob make_job(const DenseFfn& ffn, std::span<const Part> parts, const Activations& input,
                const int32_t* rows, int64_t count, const float* factors, const Activations& hidden,
                int64_t hidden_first);

/// x += factor * down(silu(gate) * up) of every job, in order, in three parallel regions.
void run_jobs(const Cpu& cpu, std::span<const FfnJob> jobs, Addition* additions, const Activations& hidden,
              View<float> x);

}  // namespace tug::cpu
