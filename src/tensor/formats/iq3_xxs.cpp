#include "tensor/formats/iq3_xxs.h"

#include "tensor/formats/common.h"
#include "tensor/formats/iq_grids.h"

namespace tug {
namespace {

void decode_block(const BlockIQ3_XXS& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int v = 0; v < 64; ++v, to += 4) {
    const uint32_t packed = block.signs_scale[v / 8];
    const float scale = d * (0.5f + (packed >> 28)) * 0.5f;
    const int signs = signs_from_index(packed >> (7 * (v % 8 / 2)));
    write_signed(scale, kIq3xxsGrid[block.qs[v]].data(), 4, signs >> (4 * (v % 2)), to);
  }
}

}  // namespace

void decode_iq3_xxs(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
