#include "backends/cpu/kv_pages.h"

#include <algorithm>

#include "tensor/type.h"

namespace tug::cpu {
namespace {

constexpr float kF16Max = 65504;

void put(KvType type, std::byte* to, int64_t index, float value) {
  if (type == KvType::kF32) reinterpret_cast<float*>(to)[index] = value;
  else reinterpret_cast<uint16_t*>(to)[index] = f16_from_f32(std::clamp(value, -kF16Max, kF16Max));
}

}  // namespace

void KvLayout::write(const Sequence& sequence, int64_t position, int64_t head, const float* key,
                     const float* value) const {
  const int64_t place = position % kPageTokens;
  std::byte* keys = at(sequence, position, head, place / 16 * 16 * dim_ + place % 16);
  std::byte* values = at(sequence, position, head, kPageTokens * dim_ + place * 16);
  for (int64_t i = 0; i < dim_; ++i) put(type_, keys, i * 16, key[i]);
  for (int64_t i = 0; i < dim_; ++i) put(type_, values, i / 16 * kPageTokens * 16 + i % 16, value[i]);
}

void KvLayout::dot_keys(const Kernels& kernels, const Sequence& sequence, int64_t position, int64_t head,
                        const float* const* x, int64_t count, float* sums) const {
  const std::byte* panel = at(sequence, position, head, position % kPageTokens * dim_);
  if (type_ == KvType::kF32) kernels.dot_f32(reinterpret_cast<const float*>(panel), dim_, x, count, sums);
  else kernels.dot_f16(panel, dim_, x, count, sums);
}

void KvLayout::dot_values(const Kernels& kernels, const Sequence& sequence, int64_t position, int64_t span,
                          int64_t head, int64_t slice, const float* const* x, int64_t count,
                          float* sums) const {
  const int64_t index = kPageTokens * dim_ + (slice * kPageTokens + position % kPageTokens) * 16;
  const std::byte* panel = at(sequence, position, head, index);
  if (type_ == KvType::kF32) kernels.dot_f32(reinterpret_cast<const float*>(panel), span, x, count, sums);
  else kernels.dot_f16(panel, span, x, count, sums);
}

}  // namespace tug::cpu
