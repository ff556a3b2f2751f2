// What the rows of a stored matrix are: their bytes, and the numbers behind these.
#pragma once

#include <string_view>

#include "plan/plan.h"

namespace tug {

/// Bytes of a stored row.
int64_t stored_row_bytes(const Matrix& matrix);

/// Blocks of F8_E4M3 scales along `size` rows or columns.
inline int64_t scale_blocks(int64_t size) { return (size + kScaleBlock - 1) / kScaleBlock; }

/// to [count] = columns [first, first + count) of the stored row at `row`, whole blocks. `scales` are the
/// row's block scales, null for a matrix without. Matrix::scale is left to the caller.
void decode_columns(const Matrix& matrix, const std::byte* row, const float* scales, int64_t first,
                    int64_t count, float* to);

/// to [cols] = the whole row, times Matrix::scale.
void decode_row(const Matrix& matrix, const std::byte* row, const float* scales, float* to);

/// kCorrupt: `what` holds a number that is infinite or not a number.
Error non_finite(std::string_view what);

}  // namespace tug
