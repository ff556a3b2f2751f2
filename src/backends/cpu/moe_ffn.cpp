// Mixture of experts: x += sum of weight * expert(norm(x)) over a token's experts, plus a gated shared
// expert.
//
// Experts are worked through in ascending id, the shared one last, whatever the batch, and a token adds them
// in that order. Many tokens need many hidden rows, so the experts go in waves: as many as the hidden buffer
// holds.
#include <array>

#include "backends/cpu/blocks.h"
#include "backends/cpu/feed_forward.h"
#include "backends/cpu/router.h"
#include "kernels/exact_math.h"

namespace tug::cpu {
namespace {

/// Rows of the hidden buffer: one expert may be chosen by all rows, and one token's experts fit into one
/// wave.
int64_t wave_rows(const MoeFfn& moe, int64_t rows) { return 2 * rows + moe.rule.top_k; }

int64_t hidden_width(const MoeFfn& moe) {
  int64_t width = moe.shared ? moe.shared->ffn.gate.weight.rows : 0;
  for (const Expert& expert : moe.experts) width = std::max(width, expert.gate.weight.rows);
  return width;
}

struct Buffers {
  Buffers(Bump& bump, const MoeFfn& moe, int64_t rows, int64_t hidden_size)
      : experts(static_cast<int64_t>(moe.experts.size())),
        normed(bump, rows, hidden_size),
        hidden(bump, wave_rows(moe, rows), hidden_width(moe)),
        logits(bump.take<float>(rows * experts)),
        shared_gate(bump.take<float>(rows)),
        chosen(bump.take<int32_t>(rows * moe.rule.top_k)),
        weights(bump.take<float>(rows * moe.rule.top_k)),
        expert_end(bump.take<int64_t>(experts + 1)),
        rows_of(bump.take<int32_t>(rows * moe.rule.top_k)),
        factors(bump.take<float>(rows * moe.rule.top_k)),
        units(bump.take<UnitId>(experts)),
        jobs(bump.take<FfnJob>(experts + 1)),
        additions(bump.take<Addition>(experts + 1)) {}

  int64_t experts;
  Activations normed, hidden;
  float* logits;       // [rows, E]
  float* shared_gate;  // [rows]
  int32_t* chosen;     // [rows, top_k]
  float* weights;
  int64_t* expert_end;  // assignments of experts 0 .. e end here
  int32_t* rows_of;     // by expert, rows ascending
  float* factors;
  UnitId* units;
  FfnJob* jobs;
  Addition* additions;
};

/// One block in one step.
struct Step {
  const Cpu& cpu;
  const MoeFfn& moe;
  const Buffers& buffers;
  View<float> x;
  int32_t block;

  int64_t expert_begin(int64_t expert) const { return expert == 0 ? 0 : buffers.expert_end[expert - 1]; }
};

unsigned input_forms(const MoeFfn& moe) {
  unsigned forms = forms_of({&moe.router});
  if (moe.shared) forms |= forms_of({&moe.shared->gate, &moe.shared->ffn.gate, &moe.shared->ffn.up});
  for (const Expert& expert : moe.experts) forms |= forms_of({&expert.gate, &expert.up});
  return forms;
}

/// Router and shared gate of every row.
void route_rows(const Step& s, std::span<const Part> parts) {
  const Buffers& b = s.buffers;
  std::array<Product, 2> products = {product_of(s.moe.router, parts, b.normed, s.x.rows, b.logits)};
  if (s.moe.shared) products[1] = product_of(s.moe.shared->gate, parts, b.normed, s.x.rows, b.shared_gate);
  multiply(s.cpu, std::span(products).first(s.moe.shared ? 2 : 1));
  const int64_t top_k = s.moe.rule.top_k;
  s.cpu.for_each(s.x.rows, b.experts * (1 + top_k / 4), [&](int64_t row, int) {
    route(*s.cpu.kernels, s.moe.rule, b.experts, b.logits + row * b.experts, b.chosen + row * top_k,
          b.weights + row * top_k);
    if (s.moe.shared) b.shared_gate[row] = exact_sigmoid(b.shared_gate[row]);
  });
}

/// Sorts the assignments by expert, rows ascending.
void sort_by_expert(const Step& s) {
  const Buffers& b = s.buffers;
  const int64_t top_k = s.moe.rule.top_k, assignments = s.x.rows * top_k;
  std::fill_n(b.expert_end, b.experts + 1, 0);
  for (int64_t i = 0; i < assignments; ++i) ++b.expert_end[b.chosen[i] + 1];
  for (int64_t e = 1; e <= b.experts; ++e)
    b.expert_end[e] += b.expert_end[e - 1];  // now: where expert e begins
  for (int64_t i = 0; i < assignments; ++i) {
    const int64_t at = b.expert_end[b.chosen[i]]++;  // in the end: where it ends
    b.rows_of[at] = static_cast<int32_t>(i / top_k);
    b.factors[at] = b.weights[i];
  }
}

/// Experts from `first` on whose rows fit into the hidden buffer; those that nobody chose are passed over.
/// With `shared_parts`, the shared expert too where there is room. Returns the expert after the last.
int64_t run_wave(const Step& s, int64_t first, std::span<const Part> shared_parts, bool* shared_done) {
  const Buffers& b = s.buffers;
  const int64_t room = wave_rows(s.moe, s.x.rows);
  int64_t units = 0, end = first, taken = 0;
  for (; end < b.experts; ++end) {
    const int64_t count = b.expert_end[end] - s.expert_begin(end);
    if (taken + count > room) break;
    if (count > 0) b.units[units++] = {s.block, static_cast<int32_t>(end)};
    taken += count;
  }
  Lease lease = s.cpu.store->request({b.units, static_cast<size_t>(units)});
  const std::span<const Part> parts = lease.all();
  int64_t jobs = 0;
  for (int64_t hidden_first = 0; jobs < units; ++jobs) {
    const int64_t expert = b.units[jobs].expert, begin = s.expert_begin(expert),
                  count = b.expert_end[expert] - begin;
    const auto own = parts.subspan(static_cast<size_t>(3 * jobs), 3);
    b.jobs[jobs] = make_job(s.moe.experts[static_cast<size_t>(expert)], own, b.normed, b.rows_of + begin,
                            count, b.factors + begin, b.hidden, hidden_first);
    hidden_first += count;
  }
  if (end == b.experts && s.moe.shared && taken + s.x.rows <= room) {
    b.jobs[jobs++] = make_job(s.moe.shared->ffn, shared_parts, b.normed, nullptr, s.x.rows, b.shared_gate,
                              b.hidden, taken);
    *shared_done = true;
  }
  if (jobs > 0) run_jobs(s.cpu, {b.jobs, static_cast<size_t>(jobs)}, b.additions, b.hidden, s.x);
  return end;
}

}  // namespace

int64_t moe_ffn_bytes(const Block& block, int64_t rows, int64_t hidden) {
  Bump measure;
  Buffers(measure, std::get<MoeFfn>(block.work), rows, hidden);
  return measure.used();
}

void run_moe_ffn(const Cpu& cpu, const Block& block, View<float> x) {
  const auto& moe = std::get<MoeFfn>(block.work);
  Bump bump(cpu.memory);
  const Buffers buffers(bump, moe, x.rows, x.cols);
  const Step s = {cpu, moe, buffers, x, block.index};
  Lease lease = cpu.store->request({block.index, -1});
  norm_rows(cpu, block.norm, x, input_forms(moe), buffers.normed);
  route_rows(s, lease.all());
  sort_by_expert(s);
  bool shared_done = !moe.shared;
  for (int64_t next = 0; next < buffers.experts || !shared_done;)
    next = run_wave(s, next, lease.all(), &shared_done);
}

}  // namespace tug::cpu
