#include "tensor/formats/mxfp4.h"

#include "tensor/formats/common.h"

namespace tug {
namespace {

// 2^(exponent - 128): half of the scale, as the values are doubled. The two smallest are subnormal floats.
float half_of_power(uint32_t exponent) {
  return std::bit_cast<float>(exponent < 2 ? 0x00200000u << exponent : (exponent - 1) << 23);
}

void decode_block(const BlockMXFP4& block, float* to) {
  const float scale = half_of_power(block.e);
  for (int e = 0; e < 32; ++e) to[e] = scale * kFp4Doubled[split_nibble<16>(block.qs, e)];
}

}  // namespace

void decode_mxfp4(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
