#include "plan/stored_rows.h"

namespace tug {

int64_t stored_row_bytes(const Matrix& matrix) { return row_bytes(matrix.type, matrix.cols).value(); }

void decode_columns(const Matrix& matrix, const std::byte* row, const float* scales, int64_t first,
                    int64_t count, float* to) {
  const TypeInfo& info = type_info(matrix.type);
  info.decode(row + first / info.block_elements * info.block_bytes, count / info.block_elements, to);
  if (scales == nullptr) return;
  for (int64_t k = 0; k < count; ++k) to[k] *= scales[(first + k) / kScaleBlock];
}

void decode_row(const Matrix& matrix, const std::byte* row, const float* scales, float* to) {
  decode_columns(matrix, row, scales, 0, matrix.cols, to);
  if (matrix.scale == 1) return;
  for (int64_t k = 0; k < matrix.cols; ++k) to[k] *= matrix.scale;
}

Error non_finite(std::string_view what) {
  return Error(ErrorCode::kCorrupt, "The file is broken: " + std::string(what) +
                                        " holds a number that is infinite or not a number.");
}

}  // namespace tug
