#include "backends/cpu/prefetch.h"

#include <array>
#include <chrono>

#include "backends/cpu/linear.h"
#include "kernels/packing.h"

namespace tug::cpu {
namespace {

/// The first if all are alike.
constexpr std::array<Prefetch, 5> kDistances = {
    {{1536, 3072}, {0, 0}, {2048, 2048}, {4096, 4096}, {8192, 8192}}};
constexpr int64_t kPieceBytes = 4 << 20;
constexpr int64_t kPieces = 3;  // for each distance, in turns
/// Less fits into a cache.
constexpr int64_t kLeastBytes = 2 * kPieceBytes * kPieces * int64_t{kDistances.size()};
constexpr double kWorthwhile = 0.95;

using Clock = std::chrono::steady_clock;

/// Seconds for `count` panels from `first` on.
double time_panels(const Cpu& cpu, const Product& product, int64_t first, int64_t count) {
  const auto start = Clock::now();
  for (int64_t panel = first; panel < first + count; ++panel)
    multiply_panels(cpu, product, {panel, 1, 0, 1}, *cpu.scratch, kLanes, cpu.scratch->y);
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void choose_by(const Cpu& cpu, const Product& product, int64_t panel) {
  std::array<double, kDistances.size()> best;
  best.fill(1e9);
  const int64_t count = kPieceBytes / panel;
  int64_t first = 0;
  for (int64_t round = 0; round < kPieces; ++round) {
    for (size_t i = 0; i < kDistances.size(); ++i, first += count) {
      cpu.kernels->set_prefetch(kDistances[i]);
      best[i] = std::min(best[i], time_panels(cpu, product, first, count));
    }
  }
  size_t chosen = 0;
  for (size_t i = 1; i < kDistances.size(); ++i) {
    if (best[i] < kWorthwhile * best[0] && best[i] < best[chosen]) chosen = i;
  }
  cpu.kernels->set_prefetch(kDistances[chosen]);
}

}  // namespace

void choose_prefetch(const Cpu& cpu, const Plan& plan) {
  const Matrix& head = plan.head.weight;
  const int64_t panel = panel_bytes(head.type, head.cols);
  if (head.rows / kLanes * panel < kLeastBytes) return;
  Bump bump(cpu.memory);
  const Activations x(bump, 1, head.cols);
  std::fill_n(x.row(0), head.cols, 0.0f);
  x.encode(*cpu.kernels, 0, head.cols, forms_of({&plan.head}));
  Lease lease = cpu.store->request({UnitId::kHead, -1});
  for (auto parts = lease.take(); !parts.empty(); parts = lease.take()) {
    for (const Part& part : parts) {
      if (part.linear != &plan.head || part.rows.count < head.rows) continue;
      return choose_by(cpu, Product{.linear = &plan.head, .input = &x, .count = 1}.with(part.packed), panel);
    }
  }
}

}  // namespace tug::cpu
