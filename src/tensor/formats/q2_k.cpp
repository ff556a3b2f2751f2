#include "tensor/formats/q2_k.h"

#include "tensor/formats/common.h"

namespace tug {
namespace {

void decode_block(const BlockQ2_K& block, float* to) {
  const float d = f32_from_f16(block.d);
  const float dmin = f32_from_f16(block.dmin);
  for (int e = 0; e < kSuperBlock; ++e) {
    const int packed = block.scales[e / 16];
    const float scale = d * (packed & 15);
    const float min = dmin * (packed >> 4);
    to[e] = scale * two_bit_code(block.qs, e) - min;
  }
}

}  // namespace

void decode_q2_k(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
