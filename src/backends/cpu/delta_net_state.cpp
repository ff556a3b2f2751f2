#include "backends/cpu/delta_net_state.h"

#include <cstring>
#include <vector>

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

/// y [count] rows, `stride` floats apart, = panels times the vectors; panel p fills columns 16p .. 16p+15.
void multiply_panels(const Kernels& kernels, const float* panels, int64_t panel_count, int64_t keys,
                     const float* const* vectors, int64_t count, float* sums, float* y, float* to,
                     int64_t stride) {
  for (int64_t panel = 0; panel < panel_count; ++panel) {
    std::memset(sums, 0, static_cast<size_t>(count * kFloatSums) * sizeof(float));
    kernels.dot_f32(panels + panel * keys * 16, keys, vectors, count, sums);
    kernels.fold(sums, count, y);
    for (int64_t i = 0; i < count; ++i)
      std::memcpy(to + i * stride + panel * 16, y + i * 16, 16 * sizeof(float));
  }
}

/// sum = factors[0] * base + sum over s < count of factors[1 + s] * scores[s] * delta_s.
void recall(const Kernels& kernels, const DeltaShape& shape, const DeltaHead& head, const float* factors,
            const float* base, const float* scores, int64_t count, float* sum) {
  std::memcpy(sum, base, static_cast<size_t>(shape.values) * sizeof(float));
  kernels.scale(factors[0], shape.values, sum);
  for (int64_t s = 0; s < count; ++s) {
    kernels.add_scaled(factors[1 + s] * scores[s], head.deltas + s * shape.width(), shape.values, sum);
  }
}

/// S0 = e^G S0 + sum over s of e^(G - G_s) k_s u_s'.
void move_boundary(const Kernels& kernels, const DeltaShape& shape, const DeltaHead& head,
                   const DeltaScratch& scratch) {
  const float *keys[kAnchor], *deltas[kAnchor];
  for (int64_t s = 0; s < kAnchor; ++s) {
    float* row = scratch.key_rows + s * shape.keys;
    const float* lane = key_lane(shape, head.keys, s);
    for (int64_t i = 0; i < shape.keys; ++i) row[i] = lane[i * 16];
    keys[s] = row;
    deltas[s] = head.deltas + s * shape.width();
  }
  for (int64_t panel = 0; panel < shape.width() / 16; ++panel) {
    kernels.update_state(scratch.factors[0], scratch.factors + 1, keys, deltas, kAnchor, shape.keys,
                         head.memory + panel * shape.keys * 16);
    for (const float*& delta : deltas) delta += 16;
  }
}

}  // namespace

void advance(const Kernels& kernels, const DeltaShape& shape, const DeltaHead& head,
             const DeltaTokens& tokens, const DeltaScratch& scratch, float* sums, float* y, float* out,
             int64_t out_stride) {
  const int64_t count = tokens.count, end = tokens.slot + count;
  const float* vectors[2 * kAnchor];
  const float query_scale = 1.0f / __builtin_sqrtf(static_cast<float>(shape.keys));
  for (int64_t t = 0; t < count; ++t) {
    float *key = scratch.vectors + t * shape.keys, *query = scratch.vectors + (count + t) * shape.keys;
    normalise(kernels, tokens.k + t * tokens.stride, shape.keys, 1.0f, key);
    normalise(kernels, tokens.q + t * tokens.stride, shape.keys, query_scale, query);
    float* lane = key_lane(shape, head.keys, tokens.slot + t);
    for (int64_t i = 0; i < shape.keys; ++i) lane[i * 16] = key[i];
    vectors[t] = key;
    vectors[count + t] = query;
  }
  multiply_panels(kernels, head.memory, shape.width() / 16, shape.keys, vectors, 2 * count, sums, y,
                  scratch.base, shape.width());
  multiply_panels(kernels, head.keys, (end + 15) / 16, shape.keys, vectors, 2 * count, sums, y,
                  scratch.scores, kAnchor);
  for (int64_t t = 0; t < count; ++t) {
    const int64_t slot = tokens.slot + t;
    if (slot == 0) head.log_decays[0] = 0;
    for (int64_t i = 0; i <= slot; ++i) head.log_decays[i] += tokens.log_decays[t];
    head.log_decays[1 + slot] = 0;
    std::memcpy(scratch.factors, head.log_decays, static_cast<size_t>(slot + 2) * sizeof(float));
    kernels.exp(slot + 2, scratch.factors);

    float* delta = head.deltas + slot * shape.width();
    recall(kernels, shape, head, scratch.factors, scratch.base + t * shape.width(),
           scratch.scores + t * kAnchor, slot, scratch.sum);
    std::memcpy(delta, tokens.v + t * tokens.stride, static_cast<size_t>(shape.values) * sizeof(float));
    kernels.add_scaled(-1.0f, scratch.sum, shape.values, delta);
    kernels.scale(tokens.betas[t], shape.values, delta);
    recall(kernels, shape, head, scratch.factors, scratch.base + (count + t) * shape.width(),
           scratch.scores + (count + t) * kAnchor, slot + 1, out + t * out_stride);
  }
  if (end == kAnchor) move_boundary(kernels, shape, head, scratch);
}

int64_t DeltaNetState::bytes(const GatedDeltaNet& net) {
  const int64_t floats =
      net.value_heads * DeltaShape(net).head_floats() + (net.conv_kernel - 1) * net.channels();
  return floats * static_cast<int64_t>(sizeof(float));
}

Result<std::unique_ptr<BlockState>> DeltaNetState::make(const GatedDeltaNet& net) {
  std::unique_ptr<DeltaNetState> state(new DeltaNetState(net));
  state->arena_ = TUG_TRY(Arena::allocate(bytes(net)));
  return std::unique_ptr<BlockState>(std::move(state));
}

void DeltaNetState::save(int64_t positions, ByteWriter& to) const {
  const auto append = [&](const float* from, int64_t count) {
    to.append(from, static_cast<size_t>(count) * sizeof(float));
  };
  const int64_t tokens = positions % kAnchor;
  std::vector<float> key(static_cast<size_t>(shape_.keys));
  if (kernel_ > 1) append(input(0), (kernel_ - 1) * channels_);
  for (int64_t h = 0; h < heads_; ++h) {
    const DeltaHead from = head(h);
    append(from.memory, shape_.memory_floats());
    for (int64_t s = 0; s < tokens; ++s) {
      const float* lane = key_lane(shape_, from.keys, s);
      for (int64_t i = 0; i < shape_.keys; ++i) key[static_cast<size_t>(i)] = lane[i * 16];
      append(key.data(), shape_.keys);
    }
    append(from.deltas, tokens * shape_.width());
    append(from.log_decays, tokens > 0 ? 1 + tokens : 0);
  }
}

Status DeltaNetState::restore(int64_t positions, ByteReader& from) {
  const auto read = [&](float* to, int64_t count) -> Status {
    const ByteView bytes = TUG_TRY(from.take(static_cast<uint64_t>(count) * sizeof(float)));
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    return {};
  };
  const int64_t tokens = positions % kAnchor;
  std::vector<float> key(static_cast<size_t>(shape_.keys));
  if (kernel_ > 1) TUG_TRY(read(input(0), (kernel_ - 1) * channels_));
  for (int64_t h = 0; h < heads_; ++h) {
    const DeltaHead to = head(h);
    TUG_TRY(read(to.memory, shape_.memory_floats()));
    for (int64_t s = 0; s < tokens; ++s) {
      TUG_TRY(read(key.data(), shape_.keys));
      float* lane = key_lane(shape_, to.keys, s);
      for (int64_t i = 0; i < shape_.keys; ++i) lane[i * 16] = key[static_cast<size_t>(i)];
    }
    TUG_TRY(read(to.deltas, tokens * shape_.width()));
    TUG_TRY(read(to.log_decays, tokens > 0 ? 1 + tokens : 0));
  }
  return {};
}

}  // namespace tug::cpu
