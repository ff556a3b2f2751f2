#include "tensor/formats/iq4_xs.h"

#include "tensor/formats/common.h"
#include "tensor/formats/iq4_nl.h"

namespace tug {
namespace {

void decode_block(const BlockIQ4_XS& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int e = 0; e < kSuperBlock; ++e) {
    const int g = e / 32;
    const int high = block.scales_h >> (2 * g) & 3;
    const float scale = d * ((nibble(block.scales_l, g) | high << 4) - 32);
    to[e] = scale * kIq4Values[split_nibble<16>(block.qs + 16 * g, e % 32)];
  }
}

}  // namespace

void decode_iq4_xs(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
