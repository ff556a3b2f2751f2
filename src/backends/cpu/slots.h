// How the cpu backend keeps a matrix in memory: as panels, the last one padded to 16 rows.
#pragma once

#include "weights/packer.h"

namespace tug::cpu {

int64_t slot_size(const Matrix& matrix);
void fill_slot(const Matrix& matrix, const RawRows& raw, MutableByteView slot);

}  // namespace tug::cpu
