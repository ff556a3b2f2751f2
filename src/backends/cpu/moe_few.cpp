// A mixture of experts for few rows.
#include "backends/cpu/moe_step.h"

namespace tug::cpu::moe {
namespace {

/// Columns of x that a thread adds up at once.
constexpr int64_t kColumnsAtOnce = 512;

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
  s.cpu.phases->enter(Phase::kGateUp);
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
  s.cpu.phases->enter(Phase::kDown);
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

}  // namespace

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
  foresee(s);
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
  foresee(s);  // better now that the experts are in x, and late: the first guess is what is read meanwhile
}

}  // namespace tug::cpu::moe
