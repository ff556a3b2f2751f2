// How the cpu backend keeps a matrix in memory. BF16, Q8_0, Q4_K and Q6_K become panels (kernels/packed.h),
// the last one padded to 16 rows. Every other type stays as stored, row after row, and is decoded to float
// tiles at use; the rows of F8_E4M3 are followed by their block scales, float [rows, ceil(cols / 128)].
#pragma once

#include "weights/packer.h"

namespace tug::cpu {

int64_t slot_size(const Matrix& matrix);
void fill_slot(const Matrix& matrix, const RawRows& raw, MutableByteView slot);

/// Where the block scales of a stored matrix begin in its slot.
int64_t block_scales_offset(const Matrix& matrix);
inline int64_t scales_per_row(const Matrix& matrix) { return (matrix.cols + kScaleBlock - 1) / kScaleBlock; }

}  // namespace tug::cpu
