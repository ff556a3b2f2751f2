#include "kernels/formats/q8_0.h"

#include "kernels/formats/pack_rows.h"
#include "tensor/formats/q8_0.h"

namespace tug {

void pack_q8_0(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto pack = [](const auto& from, int64_t first_row, PanelQ8_0& to) {
    from.each(first_row, [&](const BlockQ8_0& block, int64_t row) { to.scales[row] = block.d; });
    const auto codes = from.template words<8>([](const BlockQ8_0& block) { return block.qs; });
    for (size_t q = 0; q < 8; ++q) put_word(codes[q], to.quads[q], first_row);
  };
  pack_four_rows<BlockQ8_0, PanelQ8_0>(rows, count, cols, panel, pack);
}

}  // namespace tug
