#include "tensor/formats/q5_k.h"

#include "tensor/formats/common.h"

namespace tug {
namespace {

void decode_block(const BlockQ5_K& block, float* to) {
  const float d = f32_from_f16(block.d);
  const float dmin = f32_from_f16(block.dmin);
  for (int e = 0; e < kSuperBlock; ++e) {
    const ScaleMin group = unpack_scale_min(block.scales, e / 32);
    const int high = block.qh[e % 32] >> (e / 32) & 1;
    to[e] = d * group.scale * (paired_nibble(block.qs, e) | high << 4) - dmin * group.min;
  }
}

}  // namespace

void decode_q5_k(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
