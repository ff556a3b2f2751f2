// How a backend wants its matrices in memory. The store sizes its slots with this and has them filled by it.
#pragma once

#include <span>

#include "base/bytes.h"
#include "plan/plan.h"

namespace tug {

/// Rows of a matrix as they came from the file.
struct RawRows {
  RowRange rows;   // rows of the Matrix (not of its source); first is a multiple of kPackRows
  ByteView bytes;  // rows.count * row_bytes, in order
  std::span<const float>
      scales;  // F8_E4M3: [rows.count, ceil(cols / 128)], each row's block scales; else empty
};

/// Row ranges are cut at multiples of this; the last one may be shorter.
inline constexpr int64_t kPackRows = 16;

class Packer {
 public:
  virtual ~Packer() = default;
  /// Bytes of a whole packed matrix.
  virtual int64_t packed_size(const Matrix& matrix) const = 0;
  /// Writes the given rows into their place in the matrix's slot (packed_size bytes, aligned to 64). Called
  /// from several threads at once for different rows.
  virtual void pack(const Matrix& matrix, const RawRows& raw, MutableByteView slot) const = 0;
};

}  // namespace tug
