// How the keys and values of one attention block lie in a sequence's pages. For every key/value head, one
// after the other:
//   keys    [kPageTokens / 16][D][16]        panels of 16 positions: scores of 16 keys are one panel product
//   values  [D / 16, rounded up][kPageTokens][16]  panels of 16 dimensions: weighted sums of values are one,
//   too
#pragma once

#include "backends/backend.h"
#include "kernels/kernels.h"

namespace tug::cpu {

class KvLayout {
 public:
  KvLayout() = default;
  /// `offset`: of the block in a page.
  KvLayout(const Attention& attention, KvType type, int64_t offset)
      : type_(type), heads_(attention.kv_heads), dim_(attention.head_dim), offset_(offset) {}

  /// Bytes of the block in a page; a multiple of 64.
  int64_t bytes() const { return heads_ * head_numbers() * number_bytes(); }

  /// key, value [D] of a position; the key rotated already. F16 rounds to nearest even and saturates.
  void write(const Sequence& sequence, int64_t position, int64_t head, const float* key,
             const float* value) const;

  /// The panel of positions [position, position + 16), a multiple of 16: sums += panel * x.
  void dot_keys(const Kernels& kernels, const Sequence& sequence, int64_t position, int64_t head,
                const float* const* x, int64_t count, float* sums) const;
  /// sums += values of positions [position, position + span), dimensions 16 * slice .., weighted by x [span].
  /// Within a page; position is a multiple of 4.
  void dot_values(const Kernels& kernels, const Sequence& sequence, int64_t position, int64_t span,
                  int64_t head, int64_t slice, const float* const* x, int64_t count, float* sums) const;

 private:
  int64_t number_bytes() const { return type_ == KvType::kF32 ? 4 : 2; }
  int64_t head_numbers() const { return kPageTokens * (dim_ + (dim_ + 15) / 16 * 16); }
  /// Number `index` of a head in the page of a position.
  std::byte* at(const Sequence& sequence, int64_t position, int64_t head, int64_t index) const {
    return sequence.page(position / kPageTokens) + offset_ + (head * head_numbers() + index) * number_bytes();
  }

  KvType type_ = KvType::kF32;
  int64_t heads_ = 0, dim_ = 0, offset_ = 0;
};

}  // namespace tug::cpu
