#include "tensor/formats/q4_0.h"

#include "tensor/formats/common.h"

namespace tug {
namespace {

void decode_block(const BlockQ4_0& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int e = 0; e < 32; ++e) to[e] = d * (split_nibble<16>(block.qs, e) - 8);
}

}  // namespace

void decode_q4_0(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
