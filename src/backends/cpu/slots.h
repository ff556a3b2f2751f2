// How the cpu backend keeps a matrix in memory. Types with a row in kernels/formats.def become panels, the
// last one padded to 16 rows. Every other type stays as stored, row after row, and is decoded to float tiles
// at use; the rows of F8_E4M3 are followed by their block scales, float [rows, ceil(cols / 128)].
#pragma once

#include "weights/packer.h"

namespace tug::cpu {

int64_t slot_size(const Matrix& matrix);
void fill_slot(const Matrix& matrix, const RawRows& raw, MutableByteView slot);

/// The block scales of a row in its matrix's slot; null when the type has none.
const float* block_scales(const Matrix& matrix, ByteView slot, int64_t row);

}  // namespace tug::cpu
