#include "tensor/formats/nvfp4.h"

#include "tensor/formats/common.h"
#include "tensor/formats/mxfp4.h"

namespace tug {
namespace {

// Half of the scale, as the values are doubled. As in ggml, 0x7F is zero, while 0xFF goes on to 480 / 2.
float half_of_scale(uint32_t bits) {
  const uint32_t magnitude = bits & 0x7f;
  if (bits == 0x7f) return 0;
  if (magnitude < 8) return static_cast<float>(magnitude) * 0x1p-10f;
  return std::bit_cast<float>((magnitude << 20) + (119u << 23));  // 119 = 127 - 7 - 1
}

void decode_block(const BlockNVFP4& block, float* to) {
  for (int e = 0; e < 64; ++e) {
    const int group = e / 16;
    const float scale = half_of_scale(block.d[group]);
    to[e] = scale * kFp4Doubled[split_nibble<8>(block.qs + 8 * group, e % 16)];
  }
}

}  // namespace

void decode_nvfp4(const std::byte* from, int64_t blocks, float* to) {
  decode_each(decode_block, from, blocks, to);
}

}  // namespace tug
