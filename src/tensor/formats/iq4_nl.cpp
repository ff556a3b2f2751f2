#include "tensor/formats/iq4_nl.h"

#include "tensor/formats/common.h"

namespace tug {
namespace {

void decode_block(const BlockIQ4_NL& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int e = 0; e < 32; ++e) to[e] = d * kIq4Values[split_nibble<16>(block.qs, e)];
}

}  // namespace

void decode_iq4_nl(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
