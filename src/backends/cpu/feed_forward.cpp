#include "backends/cpu/feed_forward.h"

#include <cstring>

namespace tug::cpu {
namespace {

/// hidden = silu(gate) * up for 16 columns of a job's rows.
void fill_hidden(const Cpu& cpu, const FfnJob& job, int64_t panel, const Activations& hidden,
                 ThreadScratch& scratch) {
  const int64_t lanes = std::min(kLanes, job.gate.out_rows() - panel * kLanes);
  for (int64_t first = 0; first < job.gate.count; first += kTokensAtOnce) {
    const int64_t count = std::min(kTokensAtOnce, job.gate.count - first);
    multiply_panel(cpu, job.gate, panel, first, count, scratch, scratch.y);
    multiply_panel(cpu, job.up, panel, first, count, scratch, scratch.y2);
    cpu.kernels->apply_gate(GateKind::kSilu, scratch.y2, scratch.y, count * kLanes, scratch.y);
    for (int64_t i = 0; i < count; ++i) {
      std::memcpy(hidden.row(job.hidden_first + first + i) + panel * kLanes, scratch.y + i * kLanes,
                  static_cast<size_t>(lanes) * sizeof(float));
    }
  }
}

}  // namespace

FfnJob make_job(const DenseFfn& ffn, std::span<const Part> parts, const Activations& input,
                const int32_t* rows, int64_t count, const float* factors, const Activations& hidden,
                int64_t hidden_first) {
  FfnJob job = {&ffn,
                product_of(ffn.gate, parts, input, count),
                product_of(ffn.up, parts, input, count),
                hidden_first,
                {product_of(ffn.down, parts, hidden, count), rows, factors}};
  job.gate.rows = job.up.rows = rows;
  job.down.product.input_first = hidden_first;
  return job;
}

void run_jobs(const Cpu& cpu, std::span<const FfnJob> jobs, Addition* additions, const Activations& hidden,
              View<float> x) {
  const auto panels_of = [&](int64_t i) { return jobs[static_cast<size_t>(i)].gate.panels(); };
  for_each_panel(cpu, static_cast<int64_t>(jobs.size()), panels_of,
                 [&](int64_t index, int64_t panel, int thread) {
                   fill_hidden(cpu, jobs[static_cast<size_t>(index)], panel, hidden, cpu.scratch[thread]);
                 });
  const FfnJob& last = jobs.back();
  const int64_t rows = last.hidden_first + last.down.product.count;
  cpu.for_each(rows, last.gate.out_rows(), [&](int64_t row, int) {
    const auto job = std::find_if(jobs.begin(), jobs.end(), [&](const FfnJob& j) {
      return row < j.hidden_first + j.down.product.count;
    });
    hidden.encode(*cpu.kernels, row, job->gate.out_rows(), forms_of({&job->ffn->down}));
  });
  for (size_t i = 0; i < jobs.size(); ++i) additions[i] = jobs[i].down;
  add(cpu, {additions, jobs.size()}, x);
}

}  // namespace tug::cpu
