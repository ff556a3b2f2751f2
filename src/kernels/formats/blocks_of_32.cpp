#include "kernels/formats/blocks_of_32.h"

#include "kernels/formats/pack_rows.h"
#include "tensor/formats/iq4_nl.h"
#include "tensor/formats/mxfp4.h"
#include "tensor/formats/nvfp4.h"
#include "tensor/formats/q4_0.h"
#include "tensor/formats/q4_1.h"
#include "tensor/formats/q5_0.h"
#include "tensor/formats/q5_1.h"

namespace tug {
namespace {

template <class Block, class Panel>
void pack_blocks(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t first_row, Panel& to) {
    from.each(first_row, [&](const Block& block, int64_t row) {
      if constexpr (requires { block.d; }) to.scales[row] = block.d;
      if constexpr (requires { block.m; }) to.minima[row] = block.m;
      if constexpr (requires { block.e; }) to.exponents[row] = block.e;
      if constexpr (requires { block.qh; }) {
        const auto four = [&](int q) {  // a bit to a byte
          return (block.qh >> (4 * q) & 15) * 0x00204081u & 0x01010101u;
        };
        put_word(bit_plane(8, 0, 0, four), to.fifth, row);
      }
    });
    const auto codes = from.template words<4>([](const Block& block) { return block.qs; });
    put_nibbles(
        8, [&](int q) { return split_word(codes, q); }, to.quads, first_row);
  };
  pack_four_rows<Block, Panel>(rows, count, cols, panel, pack);
}

void pack_row_nvfp4(const BlockNVFP4& from, int64_t row, PanelNVFP4& to) {
  for (int group = 0; group < 4; ++group) {
    const uint8_t scale = from.d[group];
    to.scales[group][row] = scale == 0x7f ? 0 : scale & 0x7f;
    const uint8_t* codes = from.qs + 8 * group;  // byte j: code j and j + 8
    const auto word_of = [&](int q) { return word(codes, q % 2) >> (q < 2 ? 0 : 4) & 0x0f0f0f0f; };
    put_nibbles(4, word_of, to.quads[group], row);
  }
}

}  // namespace

void pack_q4_0(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_blocks<BlockQ4_0, PanelQ4_0>(rows, count, cols, panel);
}
void pack_q4_1(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_blocks<BlockQ4_1, PanelQ4_1>(rows, count, cols, panel);
}
void pack_q5_0(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_blocks<BlockQ5_0, PanelQ5_0>(rows, count, cols, panel);
}
void pack_q5_1(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_blocks<BlockQ5_1, PanelQ5_1>(rows, count, cols, panel);
}
void pack_iq4_nl(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_blocks<BlockIQ4_NL, PanelIQ4_NL>(rows, count, cols, panel);
}
void pack_mxfp4(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_blocks<BlockMXFP4, PanelMXFP4>(rows, count, cols, panel);
}
void pack_nvfp4(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockNVFP4, PanelNVFP4, pack_row_nvfp4>(rows, count, cols, panel);
}

}  // namespace tug
