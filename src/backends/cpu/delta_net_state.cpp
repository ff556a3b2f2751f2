#include "backends/cpu/delta_net_state.h"

#include <cstring>

namespace tug::cpu {
namespace {

/// to = x / |x| * factor.
void normalise(const Kernels& kernels, const float* x, int64_t n, float factor, float* to) {
  std::memcpy(to, x, static_cast<size_t>(n) * sizeof(float));
  kernels.scale(factor / __builtin_sqrtf(kernels.dot(x, x, n) + 1e-6f), n, to);
}

float* key_lane(const DeltaShape& shape, float* panels, int64_t slot) {
  return panels + slot / 16 * shape.keys * 16 + slot % 16;
}

/// to [count] rows, `stride` floats apart, = panels times the vectors; panel p fills columns 16p .. 16p+15.
void multiply_panels(const Kernels& kernels, const float* panels, int64_t panel_count, int64_t keys,
                     const float* const* vectors, int64_t count, float* sums, float* to, int64_t stride) {
  const int64_t apart = count * kFloatSums;
  for (int64_t panel = 0; panel < panel_count; panel += 2) {
    const PanelRun run = {panels + panel * keys * 16, std::min<int64_t>(2, panel_count - panel),
                          keys * 16 * int64_t{sizeof(float)}, apart};
    std::memset(sums, 0, static_cast<size_t>(run.count * apart) * sizeof(float));
    kernels.dot_f32(run, keys, vectors, count, sums);
    for (int64_t i = 0; i < run.count; ++i)
      kernels.fold(sums + i * apart, count, stride, to + (panel + i) * 16);
  }
}

/// The sums G after one more token of log-decay g at `slot`.
void decay(float* decays, int64_t slot, float g) {
  if (slot == 0) decays[0] = 0;
  for (int64_t i = 0; i <= slot; ++i) decays[i] += g;
  decays[1 + slot] = 0;
}

/// sum = factors[0] * base + sum over s < count of factors[1 + s] * scores[s] * delta_s.
void recall(const Kernels& kernels, const DeltaShape& shape, const float* deltas, const float* factors,
            const float* base, const float* scores, int64_t count, float* sum) {
  std::memcpy(sum, base, static_cast<size_t>(shape.values) * sizeof(float));
  kernels.scale(factors[0], shape.values, sum);
  for (int64_t s = 0; s < count; ++s) {
    kernels.add_scaled(factors[1 + s] * scores[s], deltas + s * shape.width(), shape.values, sum);
  }
}

/// S0 of the next block = e^G S0 + sum over s of e^(G - G_s) k_s u_s'.
void close_block(const Kernels& kernels, const DeltaShape& shape, const DeltaHead& head, int64_t block,
                 const DeltaScratch& scratch) {
  const float *keys[kAnchor], *deltas[kAnchor];
  for (int64_t s = 0; s < kAnchor; ++s) {
    float* row = scratch.key_rows + s * shape.keys;
    const float* lane = key_lane(shape, head.keys(block), s);
    for (int64_t i = 0; i < shape.keys; ++i) row[i] = lane[i * 16];
    keys[s] = row;
    deltas[s] = head.deltas(block) + s * shape.width();
  }
  for (int64_t panel = 0; panel < shape.width() / 16; ++panel) {
    const int64_t at = panel * shape.keys * 16;
    kernels.update_state(scratch.factors[0], scratch.factors + 1, keys, deltas, kAnchor, shape.keys,
                         head.memory(block) + at, head.memory(block + 1) + at);
    for (const float*& delta : deltas) delta += 16;
  }
}

/// Normalised keys, which go to the state, then queries. Returns all of them in vectors [2 * count].
void take_in(const Kernels& kernels, const DeltaShape& shape, const DeltaHead& head,
             const DeltaTokens& tokens, const DeltaScratch& scratch, const float** vectors) {
  const int64_t count = tokens.count, slot = tokens.position % kAnchor;
  const float query_scale = 1.0f / __builtin_sqrtf(static_cast<float>(shape.keys));
  for (int64_t t = 0; t < count; ++t) {
    float *key = scratch.vectors + t * shape.keys, *query = scratch.vectors + (count + t) * shape.keys;
    normalise(kernels, tokens.k + t * tokens.stride, shape.keys, 1.0f, key);
    normalise(kernels, tokens.q + t * tokens.stride, shape.keys, query_scale, query);
    float* lane = key_lane(shape, head.keys(tokens.position / kAnchor), slot + t);
    for (int64_t i = 0; i < shape.keys; ++i) lane[i * 16] = key[i];
    vectors[t] = key;
    vectors[count + t] = query;
  }
}

}  // namespace

void advance(const Kernels& kernels, const DeltaShape& shape, const DeltaHead& head,
             const DeltaTokens& tokens, const DeltaScratch& scratch) {
  const int64_t count = tokens.count, first = tokens.position % kAnchor, block = tokens.position / kAnchor;
  const float* vectors[2 * kAnchor];
  take_in(kernels, shape, head, tokens, scratch, vectors);
  multiply_panels(kernels, head.memory(block), shape.width() / 16, shape.keys, vectors, 2 * count,
                  scratch.sums, scratch.base, shape.width());
  multiply_panels(kernels, head.keys(block), (first + count + 15) / 16, shape.keys, vectors, 2 * count,
                  scratch.sums, scratch.scores, kAnchor);
  float *deltas = head.deltas(block), *log_decays = head.log_decays(block);
  for (int64_t slot = 0; slot < first; ++slot) decay(scratch.decays, slot, log_decays[slot]);
  for (int64_t t = 0; t < count; ++t) {
    const int64_t slot = first + t;
    log_decays[slot] = tokens.log_decays[t];
    decay(scratch.decays, slot, log_decays[slot]);
    std::memcpy(scratch.factors, scratch.decays, static_cast<size_t>(slot + 2) * sizeof(float));
    kernels.exp(slot + 2, scratch.factors);

    float* delta = deltas + slot * shape.width();
    recall(kernels, shape, deltas, scratch.factors, scratch.base + t * shape.width(),
           scratch.scores + t * kAnchor, slot, scratch.sum);
    std::memcpy(delta, tokens.v + t * tokens.stride, static_cast<size_t>(shape.values) * sizeof(float));
    kernels.add_scaled(-1.0f, scratch.sum, shape.values, delta);
    kernels.scale(tokens.betas[t], shape.values, delta);
    recall(kernels, shape, deltas, scratch.factors, scratch.base + (count + t) * shape.width(),
           scratch.scores + (count + t) * kAnchor, slot + 1, tokens.out + t * tokens.out_stride);
  }
  if (first + count == kAnchor) close_block(kernels, shape, head, block, scratch);
}

}  // namespace tug::cpu
