// Mixture of experts: x += sum of weight * expert(norm(x)) over a token's experts, plus a gated shared
// expert. A token adds its experts in ascending id, the shared one last, whatever the batch and whichever
// expert is there first:
//   few rows   experts are worked through as they land, and their outputs kept apart until all are there;
//   many rows  experts come in ascending order, each once for all rows of the pass, and are added at once.
#include <array>
#include <numeric>

#include "backends/cpu/moe_step.h"
#include "backends/cpu/router.h"
#include "backends/cpu/unit_parts.h"
#include "base/exact_math.h"

namespace tug::cpu {
namespace moe {
namespace {

unsigned input_forms(const MoeFfn& moe) {
  unsigned forms = forms_of({&moe.router});
  if (moe.shared) forms |= forms_of({&moe.shared->gate, &moe.shared->ffn.gate, &moe.shared->ffn.up});
  for (const Expert& expert : moe.experts) forms |= forms_of({&expert.gate, &expert.up});
  return forms;
}

/// Router and shared gate of every row.
Status route_rows(const Step& s, UnitParts& dense) {
  const Buffers& b = s.buffers;
  const Linear* shared = s.moe.shared ? &s.moe.shared->gate : nullptr;
  const std::array products = {
      Product{.linear = &s.moe.router, .input = &b.normed, .count = s.x.rows, .out = b.logits},
      Product{.linear = shared, .input = &b.normed, .count = s.x.rows, .out = b.shared_gate}};
  TUG_TRY(dense.multiply(std::span(products).first(shared ? 2 : 1)));
  const int64_t top_k = s.moe.rule.top_k;
  s.cpu.for_each(s.x.rows, b.experts * (1 + top_k / 4), [&](int64_t row, int) {
    route(*s.cpu.kernels, s.moe.rule, b.experts, b.logits + row * b.experts, b.chosen + row * top_k,
          b.weights + row * top_k);
    if (shared) b.shared_gate[row] = exact_sigmoid(b.shared_gate[row]);
  });
  return {};
}

/// Sorts the assignments by expert, rows ascending.
void sort_by_expert(const Step& s) {
  const Buffers& b = s.buffers;
  const int64_t top_k = s.moe.rule.top_k, assignments = s.x.rows * top_k;
  std::fill_n(b.begin_of, b.experts + 2, 0);
  for (int64_t i = 0; i < assignments; ++i) ++b.begin_of[b.chosen[i] + 2];
  for (int64_t e = 2; e <= b.experts; ++e) b.begin_of[e] += b.begin_of[e - 1];
  for (int64_t i = 0; i < assignments; ++i) {
    const int64_t at = b.begin_of[b.chosen[i] + 1]++;  // in the end: where the next one begins
    b.rows_of[at] = static_cast<int32_t>(i / top_k);
    b.factors[at] = b.weights[i];
  }
}

/// Makes the networks of the chosen experts and of the shared one. Returns how many experts there are.
Result<size_t> make_networks(const Step& s, UnitParts& dense) {
  const Buffers& b = s.buffers;
  size_t count = 0;
  for (int64_t e = 0; e < b.experts; ++e) {
    const int64_t begin = b.begin_of[e], rows = b.begin_of[e + 1] - begin;
    if (rows == 0) continue;
    b.units[count] = {s.block, static_cast<int32_t>(e)};
    b.networks[count++] = {.ffn = &s.moe.experts[static_cast<size_t>(e)],
                           .rows = b.rows_of + begin,
                           .factors = b.factors + begin,
                           .count = rows,
                           .first = begin};
  }
  if (s.moe.shared) {
    const DenseFfn& ffn = s.moe.shared->ffn;
    std::iota(b.all_rows, b.all_rows + s.x.rows, 0);
    b.networks[count] = {.ffn = &ffn,
                         .rows = b.all_rows,
                         .factors = b.shared_gate,
                         .count = s.x.rows,
                         .first = b.begin_of[b.experts],
                         .gate = TUG_TRY(dense.whole(ffn.gate)),
                         .up = TUG_TRY(dense.whole(ffn.up)),
                         .down = TUG_TRY(dense.whole(ffn.down))};
  }
  return count;
}

}  // namespace

void fail(const Step& s, const Network& network, const Error& error) {
  for (int64_t i = 0; i < network.count; ++i) s.errors.fail(static_cast<size_t>(network.rows[i]), error);
}

bool note(const Part& part, Network& network, Arrival& arrival) {
  const bool gate = part.linear == &network.ffn->gate, up = part.linear == &network.ffn->up;
  (gate ? network.gate : up ? network.up : network.down) = part.packed;
  (gate ? arrival.gate : up ? arrival.up : arrival.down) += part.rows.count;
  return arrival.gate == network.width() && arrival.up == network.width() &&
         arrival.down == network.ffn->down.weight.rows;
}

}  // namespace moe

int64_t moe_ffn_bytes(const Block& block, int64_t rows, int64_t hidden) {
  Bump measure;
  moe::Buffers(measure, std::get<MoeFfn>(block.work), rows, hidden);
  return measure.used();
}

Status run_moe_ffn(const Cpu& cpu, const Block& block, const BlockConstants& constants, View<float> x,
                   RowErrors& errors) {
  const auto& ffn = std::get<MoeFfn>(block.work);
  Bump bump(cpu.memory);
  const moe::Buffers buffers(bump, ffn, x.rows, x.cols);
  const moe::Step s = {cpu, ffn, buffers, x, block.index, constants.next_experts, errors};
  UnitParts dense(cpu, {block.index, -1});
  cpu.phases->enter(Phase::kRouter);
  norm_rows(cpu, block.norm, x, moe::input_forms(ffn), buffers.normed);
  TUG_TRY(moe::route_rows(s, dense));
  moe::sort_by_expert(s);
  const size_t experts = TUG_TRY(moe::make_networks(s, dense));
  if (x.rows <= moe::kFewRows) moe::run_few(s, experts);
  else moe::run_many(s, experts);
  return {};
}

}  // namespace tug::cpu
