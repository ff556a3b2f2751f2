// SwiGLU: x += down(silu(gate) * up).
#include "backends/cpu/blocks.h"
#include "backends/cpu/feed_forward.h"

namespace tug::cpu {
namespace {

struct Buffers {
  Buffers(Bump& bump, const DenseFfn& ffn, int64_t rows, int64_t hidden_size)
      : normed(bump, rows, hidden_size), hidden(bump, rows, ffn.gate.weight.rows) {}
  Activations normed, hidden;
};

}  // namespace

int64_t dense_ffn_bytes(const Block& block, int64_t rows, int64_t hidden) {
  Bump measure;
  Buffers(measure, std::get<DenseFfn>(block.work), rows, hidden);
  return measure.used();
}

void run_dense_ffn(const Cpu& cpu, const Block& block, View<float> x) {
  const auto& ffn = std::get<DenseFfn>(block.work);
  Bump bump(cpu.memory);
  const Buffers buffers(bump, ffn, x.rows, x.cols);
  Lease lease = cpu.store->request({block.index, -1});
  norm_rows(cpu, block.norm, x, forms_of({&ffn.gate, &ffn.up}), buffers.normed);
  const FfnJob job = make_job(ffn, lease.all(), buffers.normed, nullptr, x.rows, nullptr, buffers.hidden, 0);
  Addition addition;
  run_jobs(cpu, {&job, 1}, &addition, buffers.hidden, x);
}

}  // namespace tug::cpu
