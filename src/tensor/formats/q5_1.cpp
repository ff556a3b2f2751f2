#include "tensor/formats/q5_1.h"

#include "tensor/formats/common.h"

namespace tug {
namespace {

void decode_block(const BlockQ5_1& block, float* to) {
  const float d = f32_from_f16(block.d);
  const float m = f32_from_f16(block.m);
  for (int e = 0; e < 32; ++e) {
    const int high = block.qh >> e & 1;
    to[e] = d * (split_nibble<16>(block.qs, e) | high << 4) + m;
  }
}

}  // namespace

void decode_q5_1(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
