#include "tensor/formats/iq2_xs.h"

#include "tensor/formats/common.h"
#include "tensor/formats/iq_grids.h"

namespace tug {
namespace {

void decode_block(const BlockIQ2_XS& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int v = 0; v < 32; ++v, to += 8) {
    const uint32_t packed = block.qs[v];
    const float scale = d * (0.5f + nibble(block.scales, v / 2)) * 0.25f;
    write_signed(scale, kIq2xsGrid[packed & 511].data(), 8, signs_from_index(packed >> 9), to);
  }
}

}  // namespace

void decode_iq2_xs(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
