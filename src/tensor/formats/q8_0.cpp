#include "tensor/formats/q8_0.h"

#include <algorithm>
#include <cmath>

#include "tensor/formats/common.h"

namespace tug {
namespace {

void decode_block(const BlockQ8_0& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int e = 0; e < 32; ++e) to[e] = d * block.qs[e];
}

BlockQ8_0 encode_block(const float* from) {
  float largest = 0;
  for (int e = 0; e < 32; ++e) largest = std::max(largest, std::abs(from[e]));
  const float d = largest / 127;
  const float inverse = d != 0 ? 1 / d : 0;

  BlockQ8_0 block{.d = f16_from_f32(d), .qs = {}};
  for (int e = 0; e < 32; ++e) {
    const float code = std::round(from[e] * inverse);
    // False for NaN, and for what a subnormal d makes infinite: neither may reach the integer conversion.
    if (std::abs(code) <= 127) block.qs[e] = static_cast<int8_t>(code);
  }
  return block;
}

}  // namespace

void decode_q8_0(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

void encode_q8_0(const float* from, int64_t blocks, std::byte* to) {
  for (int64_t b = 0; b < blocks; ++b) {
    const BlockQ8_0 block = encode_block(from + b * BlockQ8_0::kElements);
    std::memcpy(to + b * static_cast<int64_t>(sizeof(block)), &block, sizeof(block));
  }
}

}  // namespace tug
