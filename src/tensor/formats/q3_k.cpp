#include "tensor/formats/q3_k.h"

#include "tensor/formats/common.h"

namespace tug {
namespace {

int unpack_scale(const uint8_t scales[12], int index) {
  const int low = scales[index % 8] >> (index < 8 ? 0 : 4) & 15;
  const int high = scales[8 + index % 4] >> (2 * (index / 4)) & 3;
  return (low | high << 4) - 32;
}

void decode_block(const BlockQ3_K& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int e = 0; e < kSuperBlock; ++e) {
    const int high = block.hmask[e % 32] >> (e / 32) & 1;
    const float scale = d * unpack_scale(block.scales, e / 16);
    to[e] = scale * ((two_bit_code(block.qs, e) | high << 2) - 4);
  }
}

}  // namespace

void decode_q3_k(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
