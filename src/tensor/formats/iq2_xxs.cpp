#include "tensor/formats/iq2_xxs.h"

#include "tensor/formats/common.h"
#include "tensor/formats/iq_grids.h"

namespace tug {
namespace {

void decode_block(const BlockIQ2_XXS& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (const BlockIQ2_XXS::Group& group : block.groups) {
    const uint32_t packed = group.signs_scale;
    const float scale = d * (0.5f + (packed >> 28)) * 0.25f;
    for (int l = 0; l < 4; ++l, to += 8) {
      write_signed(scale, kIq2xxsGrid[group.grid[l]].data(), 8, signs_from_index(packed >> (7 * l)), to);
    }
  }
}

}  // namespace

void decode_iq2_xxs(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
