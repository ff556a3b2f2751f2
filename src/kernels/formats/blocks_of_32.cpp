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
void pack_row(const Block& from, int64_t row, Panel& to) {
  if constexpr (requires { from.d; }) to.scales[row] = from.d;
  if constexpr (requires { from.m; }) to.minima[row] = from.m;
  if constexpr (requires { from.e; }) to.exponents[row] = from.e;
  put_nibbles(
      8, [&](int q) { return split_word(from.qs, q); }, to.quads, row);
  if constexpr (requires { from.qh; }) {
    const auto four = [&](int q) {  // a bit to a byte
      return (from.qh >> (4 * q) & 15) * 0x00204081u & 0x01010101u;
    };
    put_word(bit_plane(8, 0, 0, four), to.fifth, row);
  }
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
  pack_rows<BlockQ4_0, PanelQ4_0, pack_row>(rows, count, cols, panel);
}
void pack_q4_1(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockQ4_1, PanelQ4_1, pack_row>(rows, count, cols, panel);
}
void pack_q5_0(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockQ5_0, PanelQ5_0, pack_row>(rows, count, cols, panel);
}
void pack_q5_1(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockQ5_1, PanelQ5_1, pack_row>(rows, count, cols, panel);
}
void pack_iq4_nl(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockIQ4_NL, PanelIQ4_NL, pack_row>(rows, count, cols, panel);
}
void pack_mxfp4(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockMXFP4, PanelMXFP4, pack_row>(rows, count, cols, panel);
}
void pack_nvfp4(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockNVFP4, PanelNVFP4, pack_row_nvfp4>(rows, count, cols, panel);
}

}  // namespace tug
