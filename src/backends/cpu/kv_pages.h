// How the keys and values of one attention block lie in a sequence's pages. For every key/value head, one
// after the other:
//   keys    [kPageTokens / 16] panels of 16 positions: scores of 16 keys are one panel product
//   values  [D / 16, rounded up][kPageTokens][16]: weighted sums of 16 dimensions are one, too
// With Q8_0, keys are panels of that format, padded to 32 columns; values are its codes, followed by their
// scales, float [D / 32, rounded up][kPageTokens].
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
  int64_t bytes() const { return heads_ * head_bytes(); }
  /// Whether keys meet queries as 8-bit codes in groups of 32.
  bool takes_codes() const { return type_ == KvType::kQ8_0; }
  /// D rounded up to whole groups of codes.
  int64_t padded_dim() const { return (dim_ + 31) / 32 * 32; }

  /// key, value [D] of a position; the key rotated already. F16 rounds to nearest even and saturates.
  void write(const Sequence& sequence, int64_t position, int64_t head, const float* key,
             const float* value) const;

  /// Queries, of which the one or the other is used: [D] each, or codes [padded_dim()].
  struct Queries {
    const float* const* floats;
    const QuantRow* codes;
  };
  /// y [count] rows, `stride` floats apart = scores of the keys of positions [position, position + 16 *
  /// panels), within a page and a multiple of 16. `sums` has room for panels * count * kFloatSums.
  void dot_keys(const Kernels& kernels, const Sequence& sequence, int64_t position, int64_t panels,
                int64_t head, const Queries& queries, int64_t count, float* sums, float* y,
                int64_t stride) const;
  /// sums += values of positions [position, position + span), dimensions 16 * slice to 16 * (slice + slices),
  /// weighted by x [span]; sums of a slice are `apart` floats behind those of the one before. Within a page;
  /// position is a multiple of 4. At most kTokensAtOnce x; one slice, or an even one and the next.
  void dot_values(const Kernels& kernels, const Sequence& sequence, int64_t position, int64_t span,
                  int64_t head, int64_t slice, int64_t slices, const float* const* x, int64_t count,
                  float* sums, int64_t apart) const;

 private:
  int64_t key_bytes() const;  // of a head in a page
  int64_t value_bytes() const;
  int64_t head_bytes() const;
  std::byte* keys(const Sequence& sequence, int64_t position, int64_t head) const {
    return sequence.page(position / kPageTokens) + offset_ + head * head_bytes();
  }
  std::byte* values(const Sequence& sequence, int64_t position, int64_t head) const {
    return keys(sequence, position, head) + key_bytes();
  }
  void write_codes(int64_t place, const float* key, const float* value, std::byte* keys,
                   std::byte* values) const;

  KvType type_ = KvType::kF32;
  int64_t heads_ = 0, dim_ = 0, offset_ = 0;
};

}  // namespace tug::cpu
