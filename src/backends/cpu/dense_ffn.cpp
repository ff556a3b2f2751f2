// SwiGLU: x += down(silu(gate) * up).
#include <array>

#include "backends/cpu/blocks.h"
#include "backends/cpu/feed_forward.h"
#include "backends/cpu/unit_parts.h"

namespace tug::cpu {
namespace {

struct Buffers {
  Buffers(Bump& bump, const DenseFfn& work, int64_t rows, int64_t hidden_size)
      : normed(bump, rows, hidden_size), ffn(bump, rows, work.gate.weight.rows) {}
  Activations normed;
  FfnBuffers ffn;
};

}  // namespace

int64_t dense_ffn_bytes(const Block& block, int64_t rows, int64_t hidden) {
  Bump measure;
  Buffers(measure, std::get<DenseFfn>(block.work), std::min(rows, kRowsAtOnce), hidden);
  return measure.used();
}

Status run_dense_ffn(const Cpu& cpu, const Block& block, View<float> x) {
  const auto& ffn = std::get<DenseFfn>(block.work);
  UnitParts unit(cpu, {block.index, -1});
  return for_each_piece(x.rows, kRowsAtOnce, [&](int64_t first, int64_t count) -> Status {
    const View<float> rows(x[first], count, x.cols);
    Bump bump(cpu.memory);
    const Buffers buffers(bump, ffn, count, x.cols);
    cpu.phases->enter(Phase::kGateUp);
    norm_rows(cpu, block.norm, rows, forms_of({&ffn.gate, &ffn.up}), buffers.normed);
    const Network network = {.ffn = &ffn, .count = count};
    TUG_TRY(unit.multiply(std::array{network.gate_product(buffers.normed, buffers.ffn),
                                     network.up_product(buffers.normed, buffers.ffn)}));
    activate(cpu, std::array{&network}, buffers.ffn);
    cpu.phases->enter(Phase::kDown);
    const ByteView down = TUG_TRY(unit.whole(ffn.down));
    add(cpu, std::array{Addition{network.down_product(buffers.ffn).with(down)}}, rows);
    return {};
  });
}

}  // namespace tug::cpu
