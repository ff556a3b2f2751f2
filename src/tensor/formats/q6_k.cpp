#include "tensor/formats/q6_k.h"

#include "tensor/formats/common.h"

namespace tug {
namespace {

void decode_block(const BlockQ6_K& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int e = 0; e < kSuperBlock; ++e) {
    const int low = split_nibble<64>(block.ql + 64 * (e / 128), e % 128);
    to[e] = d * block.scales[e / 16] * ((low | two_bit_code(block.qh, e) << 4) - 32);
  }
}

}  // namespace

void decode_q6_k(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
