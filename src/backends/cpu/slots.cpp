#include "backends/cpu/slots.h"

#include <algorithm>

#include "base/check.h"
#include "kernels/packing.h"
#include "plan/stored_rows.h"

namespace tug::cpu {
namespace {

/// Where the block scales of a stored matrix begin in its slot.
int64_t block_scales_offset(const Matrix& matrix) {
  return (matrix.rows * stored_row_bytes(matrix) + 63) / 64 * 64;
}

}  // namespace

const float* block_scales(const Matrix& matrix, ByteView slot, int64_t row) {
  if (matrix.type != Type::kF8_E4M3) return nullptr;
  return reinterpret_cast<const float*>(slot.data() + block_scales_offset(matrix)) +
         row * scale_blocks(matrix.cols);
}

int64_t slot_size(const Matrix& matrix) {
  if (const int64_t panel = panel_bytes(matrix.type, matrix.cols); panel > 0) {
    return (matrix.rows + kPackRows - 1) / kPackRows * panel;
  }
  if (matrix.type != Type::kF8_E4M3) return matrix.rows * stored_row_bytes(matrix);
  return block_scales_offset(matrix) +
         matrix.rows * scale_blocks(matrix.cols) * static_cast<int64_t>(sizeof(float));
}

void fill_slot(const Matrix& matrix, const RawRows& raw, MutableByteView slot) {
  TUG_CHECK(raw.rows.first % kPackRows == 0 && static_cast<int64_t>(slot.size()) == slot_size(matrix));
  const int64_t bytes = stored_row_bytes(matrix), panel = panel_bytes(matrix.type, matrix.cols);
  if (panel == 0) {
    std::copy(raw.bytes.begin(), raw.bytes.end(), slot.data() + raw.rows.first * bytes);
    if (matrix.type == Type::kF8_E4M3) {
      const int64_t first = block_scales_offset(matrix) + raw.rows.first * scale_blocks(matrix.cols) * 4;
      std::memcpy(slot.data() + first, raw.scales.data(), raw.scales.size_bytes());
    }
    return;
  }
  for (int64_t row = 0; row < raw.rows.count; row += kPackRows) {
    pack_panel(matrix.type, raw.bytes.data() + row * bytes, std::min(kPackRows, raw.rows.count - row),
               matrix.cols, slot.data() + (raw.rows.first + row) / kPackRows * panel);
  }
}

}  // namespace tug::cpu
