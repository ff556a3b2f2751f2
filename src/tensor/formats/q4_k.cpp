#include "tensor/formats/q4_k.h"

#include "tensor/formats/common.h"

namespace tug {
namespace {

void decode_block(const BlockQ4_K& block, float* to) {
  const float d = f32_from_f16(block.d);
  const float dmin = f32_from_f16(block.dmin);
  for (int e = 0; e < kSuperBlock; ++e) {
    const ScaleMin group = unpack_scale_min(block.scales, e / 32);
    to[e] = d * group.scale * paired_nibble(block.qs, e) - dmin * group.min;
  }
}

}  // namespace

void decode_q4_k(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
