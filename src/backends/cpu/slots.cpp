#include "backends/cpu/slots.h"

#include <algorithm>

#include "base/check.h"
#include "kernels/formats/float.h"
#include "kernels/packing.h"
#include "plan/stored_rows.h"

namespace tug::cpu {

static_assert(kPackRows == kLanes && PanelF8_E4M3::kColumns == kScaleBlock);

int64_t slot_size(const Matrix& matrix) {
  return (matrix.rows + kPackRows - 1) / kPackRows * panel_bytes(matrix.type, matrix.cols);
}

void fill_slot(const Matrix& matrix, const RawRows& raw, MutableByteView slot) {
  TUG_CHECK(raw.rows.first % kPackRows == 0 && static_cast<int64_t>(slot.size()) == slot_size(matrix));
  const int64_t bytes = stored_row_bytes(matrix), panel = panel_bytes(matrix.type, matrix.cols);
  for (int64_t row = 0; row < raw.rows.count; row += kPackRows) {
    std::byte* to = slot.data() + (raw.rows.first + row) / kPackRows * panel;
    const int64_t count = std::min(kPackRows, raw.rows.count - row);
    pack_panel(matrix.type, raw.bytes.data() + row * bytes, count, matrix.cols, to);
    if (raw.scales.empty()) continue;
    const int64_t blocks = scale_blocks(matrix.cols);
    for (int64_t i = 0; i < count * blocks; ++i)
      put_scale(raw.scales[static_cast<size_t>(row * blocks + i)], i % blocks, i / blocks, to);
  }
}

}  // namespace tug::cpu
