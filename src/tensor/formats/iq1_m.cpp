#include "tensor/formats/iq1_m.h"

#include "tensor/formats/common.h"
#include "tensor/formats/iq1_s.h"
#include "tensor/formats/iq_grids.h"

namespace tug {
namespace {

float scattered_d(const BlockIQ1_M& block) {
  int bits = 0;
  for (int w = 0; w < 4; ++w) bits |= block.scales[w] >> 12 << (4 * w);
  return f32_from_f16(static_cast<uint16_t>(bits));
}

void decode_block(const BlockIQ1_M& block, float* to) {
  const float d = scattered_d(block);
  for (int v = 0; v < 32; ++v, to += 8) {
    const int high = nibble(block.qh, v);
    const int index = block.qs[v] | (high & 7) << 8;
    const int code = block.scales[v / 8] >> (3 * (v % 8 / 2)) & 7;
    const float scale = d * (2 * code + 1);
    const float shift = high & 8 ? -kIq1Shift : kIq1Shift;
    for (int j = 0; j < 8; ++j) to[j] = scale * (kIq1sGrid[index][j] + shift);
  }
}

}  // namespace

void decode_iq1_m(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
