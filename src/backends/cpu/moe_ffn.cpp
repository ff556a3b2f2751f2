// Mixture of experts: x += sum of weight * expert(norm(x)) over a token's experts, plus a gated shared
// expert. A token adds its experts in ascending id, the shared one last, whatever the batch and whichever
// expert is there first:
//   few rows   experts are worked through as they land, and their outputs kept apart until all are there;
//   many rows  experts come in ascending order, each once for all rows of the pass, and are added at once.
#include <array>
#include <numeric>

#include "backends/cpu/blocks.h"
#include "backends/cpu/feed_forward.h"
#include "backends/cpu/router.h"
#include "backends/cpu/unit_parts.h"
#include "base/exact_math.h"

namespace tug::cpu {
namespace {

/// Rows whose experts' outputs are kept apart, at most.
constexpr int64_t kFewRows = 64;
/// Rows of the networks that run together, at most.
constexpr int64_t kWaveRows = 4096;
/// Columns of x that a thread adds up at once.
constexpr int64_t kColumnsAtOnce = 512;

int64_t few(const MoeFfn& moe, int64_t rows) { return std::min(rows, kFewRows) * (moe.rule.top_k + 1); }

/// Rows of a wave: an expert may be chosen by all rows of a step.
int64_t wave_rows(const MoeFfn& moe, int64_t rows) { return std::min(kWaveRows, 2 * rows + moe.rule.top_k); }

int64_t widest(const MoeFfn& moe) {
  int64_t width = moe.shared ? moe.shared->ffn.gate.weight.rows : 0;
  for (const Expert& expert : moe.experts) width = std::max(width, expert.gate.weight.rows);
  return width;
}

/// What has landed of an expert's matrices, in rows, and what became of it.
struct Arrival {
  int64_t gate = 0, up = 0, down = 0;
  bool activated = false, done = false;
};

struct Buffers {
  Buffers(Bump& bump, const MoeFfn& moe, int64_t rows, int64_t hidden_size)
      : experts(static_cast<int64_t>(moe.experts.size())),
        normed(bump, rows, hidden_size),
        ffn(bump, std::max(few(moe, rows), wave_rows(moe, rows)), widest(moe)),
        outputs(bump.take<float>(few(moe, rows) * hidden_size)),
        logits(bump.take<float>(rows * experts)),
        shared_gate(bump.take<float>(rows)),
        chosen(bump.take<int32_t>(rows * moe.rule.top_k)),
        weights(bump.take<float>(rows * moe.rule.top_k)),
        begin_of(bump.take<int64_t>(experts + 2)),
        rows_of(bump.take<int32_t>(rows * moe.rule.top_k)),
        factors(bump.take<float>(rows * moe.rule.top_k)),
        all_rows(bump.take<int32_t>(rows)),
        units(bump.take<UnitId>(experts)),
        networks(bump.take<Network>(experts + 1)),
        arrivals(bump.take<Arrival>(experts + 1)),
        wave(bump.take<Network>(experts + 2)),
        scratch(bump, experts + 2) {}

  int64_t experts;
  Activations normed;
  FfnBuffers ffn;
  float* outputs;      // few rows: [assignments and shared, H], by row of the ffn buffers
  float* logits;       // [rows, E]
  float* shared_gate;  // [rows]
  int32_t* chosen;     // [rows, top_k]
  float* weights;
  int64_t* begin_of;  // assignments of expert e are begin_of[e] .. begin_of[e + 1] - 1
  int32_t* rows_of;   // of each assignment; by expert, rows ascending
  float* factors;
  int32_t* all_rows;  // 0, 1, ...
  UnitId* units;      // the chosen experts, ascending
  Network* networks;  // theirs; then the shared one
  Arrival* arrivals;
  Network* wave;
  NetworkScratch scratch;
};

/// One block in one pass.
struct Step {
  const Cpu& cpu;
  const MoeFfn& moe;
  const Buffers& buffers;
  View<float> x;
  int32_t block;
  RowErrors& errors;
};

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

/// The rows that chose an expert fail.
void fail(const Step& s, const Network& network, const Error& error) {
  for (int64_t i = 0; i < network.count; ++i) s.errors.fail(static_cast<size_t>(network.rows[i]), error);
}

/// Notes a part of an expert; true when its gate, up and down have all landed.
bool note(const Part& part, Network& network, Arrival& arrival) {
  const bool gate = part.linear == &network.ffn->gate, up = part.linear == &network.ffn->up;
  (gate ? network.gate : up ? network.up : network.down) = part.packed;
  (gate ? arrival.gate : up ? arrival.up : arrival.down) += part.rows.count;
  return arrival.gate == network.width() && arrival.up == network.width() &&
         arrival.down == network.ffn->down.weight.rows;
}

// Few rows.

/// Collects products and runs them together.
class Batch {
 public:
  Batch(const Cpu& cpu, Product* room, size_t capacity) : cpu_(cpu), room_(room), capacity_(capacity) {}
  void push(const Product& product) {
    if (count_ == capacity_) run();
    room_[count_++] = product;
  }
  void run() {
    if (count_ > 0) multiply(cpu_, {room_, std::exchange(count_, 0)});
  }

 private:
  const Cpu& cpu_;
  Product* room_;
  size_t capacity_, count_ = 0;
};

/// Takes the networks as far as their matrices allow.
void move_on(const Step& s, Batch& batch, size_t networks) {
  const Buffers& b = s.buffers;
  batch.run();
  size_t count = 0;
  for (size_t i = 0; i < networks; ++i) {
    const int64_t width = b.networks[i].width();
    Arrival& arrival = b.arrivals[i];
    if (arrival.activated || arrival.gate < width || arrival.up < width) continue;
    arrival.activated = true;
    b.scratch.pointers[count++] = &b.networks[i];
  }
  if (count > 0) activate(s.cpu, {b.scratch.pointers, count}, b.ffn);
  for (size_t i = 0; i < networks; ++i) {
    const Network& network = b.networks[i];
    Arrival& arrival = b.arrivals[i];
    if (!arrival.activated || arrival.done || arrival.down < s.x.cols) continue;
    arrival.done = true;
    batch.push(network.down_product(b.ffn, b.outputs + network.first * s.x.cols).with(network.down));
  }
  batch.run();
}

/// x += factor * output of every network, in order.
void add_up(const Step& s, std::span<const Network> networks) {
  const Buffers& b = s.buffers;
  const int64_t tasks = (s.x.cols + kColumnsAtOnce - 1) / kColumnsAtOnce;
  s.cpu.for_each(tasks, kColumnsAtOnce * few(s.moe, s.x.rows), [&](int64_t task, int) {
    const int64_t first = task * kColumnsAtOnce, count = std::min(kColumnsAtOnce, s.x.cols - first);
    for (size_t n = 0; n < networks.size(); ++n) {
      const Network& network = networks[n];
      for (int64_t i = 0; b.arrivals[n].done && i < network.count; ++i) {
        s.cpu.kernels->add_scaled(network.factors[i], b.outputs + (network.first + i) * s.x.cols + first,
                                  count, s.x[network.rows[i]] + first);
      }
    }
  });
}

void run_few(const Step& s, size_t experts) {
  const Buffers& b = s.buffers;
  const size_t networks = experts + (s.moe.shared ? 1 : 0);
  std::fill_n(b.arrivals, networks, Arrival{});
  Batch batch(s.cpu, b.scratch.products, 2 * networks);
  if (s.moe.shared) {
    const Network& shared = b.networks[experts];
    batch.push(shared.gate_product(b.normed, b.ffn).with(shared.gate));
    batch.push(shared.up_product(b.normed, b.ffn).with(shared.up));
    b.arrivals[experts] = {shared.width(), shared.width(), s.x.cols};
  }
  Lease lease = s.cpu.store->request({b.units, experts}, Order::kAsLanded);
  for (auto parts = lease.take(); !parts.empty(); parts = lease.take()) {
    for (const Part& part : parts) {
      Network& network = b.networks[part.index];
      if (part.error) {
        fail(s, network, *part.error);
        continue;
      }
      note(part, network, b.arrivals[part.index]);
      const bool gate = part.linear == &network.ffn->gate, up = part.linear == &network.ffn->up;
      if (gate) batch.push(network.gate_product(b.normed, b.ffn).with(part.packed, part.rows));
      if (up) batch.push(network.up_product(b.normed, b.ffn).with(part.packed, part.rows));
    }
    move_on(s, batch, networks);
  }
  move_on(s, batch, networks);
  add_up(s, {b.networks, networks});
}

// Many rows.

/// Collects networks, cut into pieces that fit into the buffers, and runs them together in their order.
class Wave {
 public:
  explicit Wave(const Step& s) : s_(s), room_(wave_rows(s.moe, s.x.rows)) {}

  void push(const Network& network) {
    for (int64_t first = 0; first < network.count;) {
      if (rows_ == room_) run();
      Network& piece = s_.buffers.wave[count_++] = network;
      piece.count = std::min(network.count - first, room_ - rows_);
      piece.rows += first, piece.factors += first;
      piece.first = rows_;
      rows_ += piece.count, first += piece.count;
    }
  }
  void run() {
    if (count_ == 0) return;
    const Buffers& b = s_.buffers;
    run_networks(s_.cpu, {b.wave, std::exchange(count_, 0)}, b.normed, b.ffn, b.scratch, s_.x);
    rows_ = 0;
  }

 private:
  const Step& s_;
  int64_t room_, rows_ = 0;
  size_t count_ = 0;
};

void run_many(const Step& s, size_t experts) {
  const Buffers& b = s.buffers;
  std::fill_n(b.arrivals, experts, Arrival{});
  Wave wave(s);
  Lease lease = s.cpu.store->request({b.units, experts}, Order::kAsGiven);
  size_t left = experts;
  for (auto parts = lease.take(); !parts.empty(); parts = lease.take()) {
    for (const Part& part : parts) {
      Network& network = b.networks[part.index];
      if (part.error) fail(s, network, *part.error), --left;
      else if (note(part, network, b.arrivals[part.index])) wave.push(network), --left;
    }
    if (left == 0 && s.moe.shared) wave.push(b.networks[experts]);
    wave.run();  // the next take() gives the parts back
  }
}

}  // namespace

int64_t moe_ffn_bytes(const Block& block, int64_t rows, int64_t hidden) {
  Bump measure;
  Buffers(measure, std::get<MoeFfn>(block.work), rows, hidden);
  return measure.used();
}

Status run_moe_ffn(const Cpu& cpu, const Block& block, View<float> x, RowErrors& errors) {
  const auto& moe = std::get<MoeFfn>(block.work);
  Bump bump(cpu.memory);
  const Buffers buffers(bump, moe, x.rows, x.cols);
  const Step s = {cpu, moe, buffers, x, block.index, errors};
  UnitParts dense(cpu, {block.index, -1});
  norm_rows(cpu, block.norm, x, input_forms(moe), buffers.normed);
  TUG_TRY(route_rows(s, dense));
  sort_by_expert(s);
  const size_t experts = TUG_TRY(make_networks(s, dense));
  if (x.rows <= kFewRows) run_few(s, experts);
  else run_many(s, experts);
  return {};
}

}  // namespace tug::cpu
