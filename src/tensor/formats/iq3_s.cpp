#include "tensor/formats/iq3_s.h"

#include "tensor/formats/common.h"
#include "tensor/formats/iq_grids.h"

namespace tug {
namespace {

void decode_block(const BlockIQ3_S& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int v = 0; v < 64; ++v, to += 4) {
    const int index = block.qs[v] | (block.qh[v / 8] >> (v % 8) & 1) << 8;
    const float scale = d * (1 + 2 * nibble(block.scales, v / 8));
    write_signed(scale, kIq3sGrid[index].data(), 4, nibble(block.signs, v), to);
  }
}

}  // namespace

void decode_iq3_s(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
