// Blocks of any type whose scales are small numbers, everything else being hostile.
#pragma once

#include <cstring>
#include <functional>
#include <vector>

#include "tensor/formats/iq1_m.h"
#include "tensor/formats/mxfp4.h"
#include "tensor/type.h"

namespace tug {

inline void put_bits(uint16_t bits, std::byte* to) { std::memcpy(to, &bits, sizeof(bits)); }

/// Sets what makes a block's numbers finite.
inline void make_finite(const TypeInfo& info, std::byte* block) {
  const uint16_t scale = f16_from_f32(0.0123f), minimum = f16_from_f32(-0.0456f);
  if (info.scale_at >= 0) put_bits(scale, block + info.scale_at);
  if (info.min_at >= 0) put_bits(minimum, block + info.min_at);
  if (info.type == Type::kIQ1_M) {  // four bits of the scale on top of each word
    for (int w = 0; w < 4; ++w) {
      std::byte* word = block + offsetof(BlockIQ1_M, scales) + 2 * w;
      uint16_t bits;
      std::memcpy(&bits, word, sizeof(bits));
      put_bits(static_cast<uint16_t>((bits & 0x0fff) | (scale >> (4 * w) & 15) << 12), word);
    }
  }
  if (info.type == Type::kMXFP4) *block = (*block & std::byte{31}) | std::byte{96};
}

/// `blocks` blocks of bytes from `fill`, with finite scales.
inline std::vector<std::byte> finite_blocks(Type type, int64_t blocks,
                                            const std::function<std::byte(size_t)>& fill) {
  const TypeInfo& info = type_info(type);
  std::vector<std::byte> bytes(static_cast<size_t>(blocks * info.block_bytes));
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = fill(i);
  for (int64_t b = 0; b < blocks; ++b) make_finite(info, bytes.data() + b * info.block_bytes);
  return bytes;
}

}  // namespace tug
