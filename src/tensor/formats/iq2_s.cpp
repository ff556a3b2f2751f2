#include "tensor/formats/iq2_s.h"

#include "tensor/formats/common.h"
#include "tensor/formats/iq_grids.h"

namespace tug {
namespace {

void decode_block(const BlockIQ2_S& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int v = 0; v < 32; ++v, to += 8) {
    const int index = block.qs[v] | (block.qh[v / 4] >> (2 * (v % 4)) & 3) << 8;
    const float scale = d * (0.5f + nibble(block.scales, v / 2)) * 0.25f;
    write_signed(scale, kIq2sGrid[index].data(), 8, block.signs[v], to);
  }
}

}  // namespace

void decode_iq2_s(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
