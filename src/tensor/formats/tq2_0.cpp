#include "tensor/formats/tq2_0.h"

#include "tensor/formats/common.h"

namespace tug {
namespace {

void decode_block(const BlockTQ2_0& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int e = 0; e < kSuperBlock; ++e) to[e] = (two_bit_code(block.qs, e) - 1) * d;
}

}  // namespace

void decode_tq2_0(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
