#include "kernels/formats/q8_0.h"

#include "kernels/formats/pack_rows.h"
#include "tensor/formats/q8_0.h"

namespace tug {
namespace {

void pack_row(const BlockQ8_0& from, int64_t row, PanelQ8_0& to) {
  to.scales[row] = from.d;
  for (int q = 0; q < 8; ++q) put_word(word(from.qs, q), to.quads[q], row);
}

}  // namespace

void pack_q8_0(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_rows<BlockQ8_0, PanelQ8_0, pack_row>(rows, count, cols, panel);
}

}  // namespace tug
