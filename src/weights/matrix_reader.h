// Rows of a matrix from its file, past the page cache, checked to be finite.
#pragma once

#include <vector>

#include "files/checkpoint.h"
#include "platform/memory.h"
#include "weights/packer.h"

namespace tug {

/// kCorrupt, with the name of the tensor that the extent belongs to.
Error non_finite(const Checkpoint& checkpoint, const Extent& extent);

/// One thread's buffers, and the reads into them.
class MatrixReader {
 public:
  /// For reads of up to `bytes_max` bytes of rows. The checkpoint must outlive the reader. Errors:
  /// kOutOfMemory.
  static Result<MatrixReader> make(const Checkpoint& checkpoint, int64_t bytes_max);
  /// Bytes of its buffers.
  static int64_t bytes(int64_t bytes_max) { return direct_bytes(bytes_max) + bytes_max; }

  /// The rows, valid until the next call. Errors: kIo; kCorrupt for weights and scales that are not finite.
  Result<RawRows> read(const Matrix& matrix, RowRange rows);
  /// The same without a look at the weights. Errors: kIo; kCorrupt for scales that are not finite.
  Result<RawRows> read_unchecked(const Matrix& matrix, RowRange rows);

 private:
  static int64_t direct_bytes(int64_t bytes_max);
  explicit MatrixReader(const Checkpoint& checkpoint) : checkpoint_(&checkpoint) {}
  Result<ByteView> read_direct(const Extent& extent, int64_t offset, int64_t size);
  Status read_scales(const Matrix& matrix, RowRange rows);

  const Checkpoint* checkpoint_;
  Arena direct_, gathered_;
  std::vector<std::byte> raw_scales_;
  std::vector<float> scales_;
};

}  // namespace tug
