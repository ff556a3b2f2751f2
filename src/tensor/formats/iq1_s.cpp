#include "tensor/formats/iq1_s.h"

#include "tensor/formats/common.h"
#include "tensor/formats/iq_grids.h"

namespace tug {
namespace {

void decode_block(const BlockIQ1_S& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int v = 0; v < 32; ++v, to += 8) {
    const int high = block.qh[v / 4];
    const int index = block.qs[v] | (high >> (3 * (v % 4)) & 7) << 8;
    const float scale = d * (2 * (high >> 12 & 7) + 1);
    const float shift = high & 0x8000 ? -kIq1Shift : kIq1Shift;
    for (int j = 0; j < 8; ++j) to[j] = scale * (kIq1sGrid[index][j] + shift);
  }
}

}  // namespace

void decode_iq1_s(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
