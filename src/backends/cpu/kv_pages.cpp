#include "backends/cpu/kv_pages.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/workspace.h"
#include "kernels/formats/q8_0.h"
#include "tensor/formats/q8_0.h"
#include "tensor/type.h"

namespace tug::cpu {
namespace {

constexpr float kF16Max = 65504;
constexpr int64_t kGroup = PanelQ8_0::kColumns;

void put(KvType type, std::byte* to, int64_t index, float value) {
  if (type == KvType::kF32) reinterpret_cast<float*>(to)[index] = value;
  else reinterpret_cast<uint16_t*>(to)[index] = f16_from_f32(std::clamp(value, -kF16Max, kF16Max));
}

int64_t number_bytes(KvType type) { return type == KvType::kF32 ? 4 : 2; }

/// Calls visit(group, block) for numbers [32 * group, ..) of x [dim], as Q8_0; zeros behind the last.
template <class Visit>
void for_each_block(const float* x, int64_t dim, Visit visit) {
  for (int64_t group = 0; group * kGroup < dim; ++group) {
    float numbers[kGroup] = {};
    for (int64_t i = 0; i < std::min(kGroup, dim - group * kGroup); ++i)
      numbers[i] = std::clamp(x[group * kGroup + i], -kF16Max, kF16Max);
    BlockQ8_0 block;
    encode_q8_0(numbers, 1, reinterpret_cast<std::byte*>(&block));
    visit(group, block);
  }
}

}  // namespace

int64_t KvLayout::key_bytes() const {
  if (takes_codes()) return kPageTokens / kLanes * (padded_dim() / kGroup) * int64_t{sizeof(PanelQ8_0)};
  return kPageTokens * dim_ * number_bytes(type_);
}

int64_t KvLayout::value_bytes() const {
  if (takes_codes()) return kPageTokens * padded_dim();
  return kPageTokens * ((dim_ + 15) / 16 * 16) * number_bytes(type_);
}

int64_t KvLayout::head_bytes() const {
  const int64_t scales = takes_codes() ? padded_dim() / kGroup * kPageTokens * int64_t{sizeof(float)} : 0;
  return key_bytes() + value_bytes() + scales;
}

void KvLayout::write_codes(int64_t place, const float* key, const float* value, std::byte* keys,
                           std::byte* values) const {
  auto* panel = reinterpret_cast<PanelQ8_0*>(keys) + place / kLanes * (padded_dim() / kGroup);
  const int64_t lane = place % kLanes;
  for_each_block(key, dim_, [&](int64_t group, const BlockQ8_0& block) {
    panel[group].scales[lane] = block.d;
    for (int64_t quad = 0; quad < kGroup / 4; ++quad)
      std::memcpy(panel[group].quads[quad] + 4 * lane, block.qs + 4 * quad, 4);
  });
  auto* scales = reinterpret_cast<float*>(values + value_bytes());
  for_each_block(value, dim_, [&](int64_t group, const BlockQ8_0& block) {
    scales[group * kPageTokens + place] = f32_from_f16(block.d);
    for (int64_t slice = 0; slice < kGroup / kLanes; ++slice) {
      std::byte* to = values + ((group * kGroup / kLanes + slice) * kPageTokens + place) * kLanes;
      std::memcpy(to, block.qs + slice * kLanes, kLanes);
    }
  });
}

void KvLayout::write(const Sequence& sequence, int64_t position, int64_t head, const float* key,
                     const float* value) const {
  const int64_t place = position % kPageTokens;
  std::byte *to_keys = keys(sequence, position, head), *to_values = values(sequence, position, head);
  if (takes_codes()) return write_codes(place, key, value, to_keys, to_values);
  to_keys += (place / 16 * 16 * dim_ + place % 16) * number_bytes(type_);
  to_values += place * 16 * number_bytes(type_);
  for (int64_t i = 0; i < dim_; ++i) put(type_, to_keys, i * 16, key[i]);
  for (int64_t i = 0; i < dim_; ++i) put(type_, to_values, i / 16 * kPageTokens * 16 + i % 16, value[i]);
}

void KvLayout::dot_keys(const Kernels& kernels, const Sequence& sequence, int64_t position, int64_t panels,
                        int64_t head, const Queries& queries, int64_t count, float* sums, float* y,
                        int64_t stride) const {
  const int64_t bytes = key_bytes() / kPageTokens * kLanes;  // of a panel
  const std::byte* first = keys(sequence, position, head) + position % kPageTokens / kLanes * bytes;
  if (takes_codes()) {
    return kernels.dot_q8_0({first, panels, bytes, kLanes}, padded_dim(), queries.codes, count, stride, y);
  }
  const int64_t apart = count * kFloatSums;
  std::memset(sums, 0, static_cast<size_t>(panels * apart) * sizeof(float));
  const DotFloats dot = type_ == KvType::kF32 ? kernels.dot_f32 : kernels.dot_f16;
  dot({first, panels, bytes, apart}, dim_, queries.floats, count, sums);
  for (int64_t p = 0; p < panels; ++p) kernels.fold(sums + p * apart, count, stride, y + p * kLanes);
}

void KvLayout::dot_values(const Kernels& kernels, const Sequence& sequence, int64_t position, int64_t span,
                          int64_t head, int64_t slice, int64_t slices, const float* const* x, int64_t count,
                          float* sums, int64_t apart) const {
  const int64_t place = position % kPageTokens;
  const std::byte* all = values(sequence, position, head);
  const auto run = [&](int64_t bytes) {  // of a number
    return PanelRun{all + (slice * kPageTokens + place) * kLanes * bytes, slices,
                    kPageTokens * kLanes * bytes, apart};
  };
  if (!takes_codes()) {
    const DotFloats dot = type_ == KvType::kF32 ? kernels.dot_f32 : kernels.dot_f16;
    return dot(run(number_bytes(type_)), span, x, count, sums);
  }
  // The scales go to the weights: those are one number a position, the values are sixteen.
  static_assert(kGroup == 2 * kLanes);
  float weights[kTokensAtOnce][kPageTokens];
  const float* rows[kTokensAtOnce];
  const float* scales = reinterpret_cast<const float*>(all + value_bytes()) + slice / 2 * kPageTokens + place;
  for (int64_t i = 0; i < count; ++i) {
    kernels.multiply(x[i], scales, span, weights[i]);
    rows[i] = weights[i];
  }
  kernels.dot_i8(run(1), span, rows, count, sums);
}

}  // namespace tug::cpu
