#include "tensor/formats/tq1_0.h"

#include "tensor/formats/common.h"

namespace tug {
namespace {

int digit(uint32_t packed, int index) {
  constexpr uint32_t kPowers[] = {1, 3, 9, 27, 81};
  return static_cast<int>((packed * kPowers[index] & 255) * 3 >> 8);
}

void decode_block(const BlockTQ1_0& block, float* to) {
  const float d = f32_from_f16(block.d);
  for (int e = 0; e < 160; ++e) to[e] = (digit(block.qs[e % 32], e / 32) - 1) * d;
  for (int e = 0; e < 80; ++e) to[160 + e] = (digit(block.qs[32 + e % 16], e / 16) - 1) * d;
  for (int e = 0; e < 16; ++e) to[240 + e] = (digit(block.qh[e % 4], e / 4) - 1) * d;
}

}  // namespace

void decode_tq1_0(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
