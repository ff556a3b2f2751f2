// A mixture of experts for many rows.
#include "backends/cpu/moe_step.h"

namespace tug::cpu::moe {
namespace {

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

}  // namespace

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

}  // namespace tug::cpu::moe
