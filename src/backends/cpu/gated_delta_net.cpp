// Gated DeltaNet (arXiv 2412.06464): projections, a short convolution, the recurrent heads, a gated norm.
#include <array>
#include <cstring>

#include "backends/cpu/blocks.h"
#include "backends/cpu/delta_net_state.h"
#include "backends/cpu/unit_parts.h"
#include "base/exact_math.h"

namespace tug::cpu {
namespace {

constexpr int64_t kChannelsAtOnce = 2048;

struct Buffers {
  Buffers(Bump& bump, const GatedDeltaNet& net, int64_t rows, int64_t hidden, int threads)
      : normed(bump, rows, hidden),
        qkv(bump.take<float>(rows * net.channels())),
        mixed(bump.take<float>(rows * net.channels())),
        z(bump.take<float>(rows * net.value_heads * net.value_dim)),
        a(bump.take<float>(rows * net.value_heads)),
        b(bump.take<float>(rows * net.value_heads)),
        out(bump, rows, net.value_heads * net.value_dim),
        runs(bump.take<RowRun>(rows)),
        scratch_(bump.take<DeltaScratch>(threads)) {
    for (int t = 0; t < threads; ++t) {
      const DeltaScratch scratch(bump, {net.key_dim, net.value_dim});
      if (scratch_) scratch_[t] = scratch;
    }
  }
  const DeltaScratch& scratch(int thread) const { return scratch_[thread]; }

  Activations normed;
  float *qkv, *mixed, *z, *a, *b;
  Activations out;
  RowRun* runs;

 private:
  DeltaScratch* scratch_;  // of each thread
};

/// One block in one step.
struct Step {
  const Cpu& cpu;
  const GatedDeltaNet& net;
  const BlockConstants& constants;
  std::span<const Row> rows;
  const Buffers& buffers;

  const DeltaLayout& state() const { return constants.delta; }
  int64_t position_of(int64_t row) const { return rows[static_cast<size_t>(row)].position; }
};

/// mixed = silu(convolution of qkv) for some channels of a row; earlier inputs are in the step or in the
/// state.
void convolve(const Step& s, const RowRun& run, int64_t row, int64_t first_channel) {
  const int64_t channels = s.net.channels(), taps = s.net.conv_kernel;
  const float *inputs[kConvTapsMax], *weights[kConvTapsMax];
  for (int64_t tap = 0; tap < taps; ++tap) {
    const int64_t back = taps - 1 - tap;
    const float* input = row - back >= run.first ? s.buffers.qkv + (row - back) * channels
                                                 : s.state().input(*run.sequence, s.position_of(row) - back);
    inputs[tap] = input + first_channel;
    weights[tap] = s.constants.conv.data() + tap * channels + first_channel;
  }
  s.cpu.kernels->convolve(inputs, weights, taps, std::min(kChannelsAtOnce, channels - first_channel),
                          s.buffers.mixed + row * channels + first_channel);
}

/// Keeps the inputs that the next tokens' convolution may need.
void keep_inputs(const Step& s, const RowRun& run) {
  const int64_t channels = s.net.channels(), kept = std::min(run.count, s.state().inputs());
  for (int64_t row = run.first + run.count - kept; row < run.first + run.count; ++row) {
    std::memcpy(s.state().input(*run.sequence, s.position_of(row)), s.buffers.qkv + row * channels,
                static_cast<size_t>(channels) * sizeof(float));
  }
}

/// One value head over all rows of a sequence, block after block of the state.
void run_head(const Step& s, const RowRun& run, int64_t h, int thread) {
  const GatedDeltaNet& net = s.net;
  const DeltaShape shape = {net.key_dim, net.value_dim};
  const int64_t dk = net.key_dim, dv = net.value_dim, keys = net.key_heads * dk,
                key_head = net.key_head_of(h);
  const float rate = s.constants.log_decay[static_cast<size_t>(h)];
  const float dt_bias = s.cpu.vector(net.dt_bias)[h];
  float log_decays[kAnchor], betas[kAnchor];
  for (int64_t row = run.first; row < run.first + run.count;) {
    const int64_t position = s.position_of(row);
    const int64_t count = std::min(kAnchor - position % kAnchor, run.first + run.count - row);
    for (int64_t i = 0; i < count; ++i) {
      log_decays[i] = rate * exact_softplus(s.buffers.a[(row + i) * net.value_heads + h] + dt_bias);
      betas[i] = exact_sigmoid(s.buffers.b[(row + i) * net.value_heads + h]);
    }
    const float* mixed = s.buffers.mixed + row * net.channels();
    const DeltaTokens tokens = {.position = position,
                                .count = count,
                                .q = mixed + key_head * dk,
                                .k = mixed + keys + key_head * dk,
                                .v = mixed + 2 * keys + h * dv,
                                .stride = net.channels(),
                                .log_decays = log_decays,
                                .betas = betas,
                                .out = s.buffers.out.row(row) + h * dv,
                                .out_stride = net.value_heads * dv};
    advance(*s.cpu.kernels, shape, s.state().head(*run.sequence, h), tokens, s.buffers.scratch(thread));
    row += count;
  }
}

/// out = norm(out) * gate(z) for every head of a row.
void finish_row(const Step& s, int64_t row) {
  const GatedDeltaNet& net = s.net;
  const int64_t dv = net.value_dim, width = net.value_heads * dv;
  const float* weight = s.cpu.vector(net.norm.weight);
  for (int64_t h = 0; h < net.value_heads; ++h) {
    float* out = s.buffers.out.row(row) + h * dv;
    s.cpu.kernels->rms_norm(out, weight, net.norm.zero_centred ? 1.0f : 0.0f, net.norm.eps, dv, out);
  }
  float* out = s.buffers.out.row(row);
  s.cpu.kernels->apply_gate(net.sigmoid_gate ? GateKind::kSigmoid : GateKind::kSilu, out,
                            s.buffers.z + row * width, width, out);
  s.buffers.out.encode(*s.cpu.kernels, row, width, forms_of({&net.out}));
}

int64_t find_runs(std::span<const Row> rows, RowRun* runs) {
  int64_t count = 0;
  for (int64_t first = 0; first < static_cast<int64_t>(rows.size()); ++count) {
    runs[count] = next_run(rows, first);
    first += runs[count].count;
  }
  return count;
}

void convolve_all(const Step& s, int64_t runs) {
  const int64_t pieces = (s.net.channels() + kChannelsAtOnce - 1) / kChannelsAtOnce;
  for (const RowRun& run : std::span(s.buffers.runs, static_cast<size_t>(runs))) {
    s.cpu.for_each(run.count * pieces, kChannelsAtOnce, [&](int64_t task, int) {
      convolve(s, run, run.first + task / pieces, task % pieces * kChannelsAtOnce);
    });
    keep_inputs(s, run);
  }
}

/// Some rows of the block.
Status run_rows(const Step& s, const Norm& norm, UnitParts& unit, View<float> x) {
  const Cpu& cpu = s.cpu;
  const GatedDeltaNet& net = s.net;
  const Buffers& b = s.buffers;
  cpu.phases->enter(Phase::kProjections);
  norm_rows(cpu, norm, x, forms_of({&net.qkv, &net.z, &net.a, &net.b}), b.normed);
  const auto product = [&](const Linear& linear, float* out) {
    return Product{.linear = &linear, .input = &b.normed, .count = x.rows, .out = out};
  };
  TUG_TRY(unit.multiply(
      std::array{product(net.qkv, b.qkv), product(net.z, b.z), product(net.a, b.a), product(net.b, b.b)}));
  cpu.phases->enter(Phase::kRecurrence);
  const int64_t runs = find_runs(s.rows, b.runs);
  convolve_all(s, runs);
  cpu.pool->run(runs * net.value_heads, [&](int64_t task, int thread) {
    run_head(s, b.runs[task / net.value_heads], task % net.value_heads, thread);
  });
  cpu.phases->enter(Phase::kMixerOutput);
  cpu.for_each(x.rows, net.out.weight.cols, [&](int64_t row, int) { finish_row(s, row); });
  const Product out = {.linear = &net.out, .input = &b.out, .count = x.rows};
  add(cpu, std::array{Addition{out.with(TUG_TRY(unit.whole(net.out)))}}, x);
  return {};
}

}  // namespace

int64_t gated_delta_net_bytes(const Block& block, int64_t rows, int64_t hidden, int threads) {
  Bump measure;
  Buffers(measure, std::get<GatedDeltaNet>(block.work), std::min(rows, kRowsAtOnce), hidden, threads);
  return measure.used();
}

Status run_gated_delta_net(const Cpu& cpu, const Block& block, const BlockConstants& constants,
                           std::span<const Row> rows, View<float> x) {
  const auto& net = std::get<GatedDeltaNet>(block.work);
  UnitParts unit(cpu, {block.index, -1});
  return for_each_piece(x.rows, kRowsAtOnce, [&](int64_t first, int64_t count) -> Status {
    Bump bump(cpu.memory);
    const Buffers buffers(bump, net, count, x.cols, cpu.pool->threads());
    const auto own = rows.subspan(static_cast<size_t>(first), static_cast<size_t>(count));
    return run_rows({cpu, net, constants, own, buffers}, block.norm, unit, {x[first], count, x.cols});
  });
}

}  // namespace tug::cpu
