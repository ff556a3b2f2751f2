#include "weights/matrix_reader.h"

#include <algorithm>

#include "plan/stored_rows.h"

namespace tug {
namespace {

/// Calls visit(stored range) for the stored rows behind rows [rows.first, +count), in order.
template <class Visit>
Status for_stored_rows(const Matrix& matrix, RowRange rows, Visit visit) {
  if (matrix.source_rows.empty()) return visit(rows);
  int64_t at = 0;
  for (const RowRange& source : matrix.source_rows) {
    const int64_t first = std::max(at, rows.first),
                  end = std::min(at + source.count, rows.first + rows.count);
    if (first < end) TUG_TRY(visit(RowRange{source.first + first - at, end - first}));
    at += source.count;
  }
  return {};
}

}  // namespace

Error non_finite(const Checkpoint& checkpoint, const Extent& extent) {
  std::string name = "a tensor";
  for (const Tensor& tensor : checkpoint.tensors()) {
    const Extent& bytes = tensor.bytes;
    if (bytes.file == extent.file && bytes.offset <= extent.offset &&
        extent.offset < bytes.offset + bytes.size) {
      name = "tensor " + tensor.name;
    }
  }
  return non_finite(name);
}

/// A large buffer is whole huge pages: a request of a megabyte then has one piece of memory, not 256, and
/// drives were measured to be twice as fast.
int64_t MatrixReader::direct_bytes(int64_t bytes_max) {
  const int64_t padded = bytes_max + 2 * kDirectAlignment;
  return padded < kHugePage / 8 ? padded : (padded + kHugePage - 1) / kHugePage * kHugePage;
}

Result<MatrixReader> MatrixReader::make(const Checkpoint& checkpoint, int64_t bytes_max) {
  MatrixReader reader(checkpoint);
  reader.direct_ = TUG_TRY(Arena::allocate(direct_bytes(bytes_max)));
  reader.gathered_ = TUG_TRY(Arena::allocate(bytes_max));
  return reader;
}

Result<RawRows> MatrixReader::read(const Matrix& matrix, RowRange rows) {
  const RawRows raw = TUG_TRY(read_unchecked(matrix, rows));
  if (!all_finite(matrix.type, raw.bytes)) return non_finite(*checkpoint_, matrix.bytes);
  return raw;
}

Result<RawRows> MatrixReader::read_unchecked(const Matrix& matrix, RowRange rows) {
  const int64_t row = stored_row_bytes(matrix);
  RawRows raw{rows, {}, {}};
  int64_t gathered = 0;
  TUG_TRY(for_stored_rows(matrix, rows, [&](RowRange stored) -> Status {
    const ByteView bytes = TUG_TRY(read_direct(matrix.bytes, stored.first * row, stored.count * row));
    if (stored.count == rows.count) {
      raw.bytes = bytes;
      return {};
    }
    std::copy(bytes.begin(), bytes.end(), gathered_.data() + gathered);
    gathered += stored.count * row;
    raw.bytes = {gathered_.data(), static_cast<size_t>(gathered)};
    return {};
  }));
  if (matrix.block_scales.size > 0) {
    TUG_TRY(read_scales(matrix, rows));
    raw.scales = scales_;
  }
  return raw;
}

Result<ByteView> MatrixReader::read_direct(const Extent& extent, int64_t offset, int64_t size) {
  const int64_t first = extent.offset + offset;
  const int64_t aligned = first / kDirectAlignment * kDirectAlignment;
  const int64_t end = (first + size + kDirectAlignment - 1) / kDirectAlignment * kDirectAlignment;
  const MutableByteView to(direct_.data(), static_cast<size_t>(end - aligned));
  TUG_TRY(checkpoint_->files()[static_cast<size_t>(extent.file)].read_direct(aligned, to));
  return ByteView(to.subspan(static_cast<size_t>(first - aligned), static_cast<size_t>(size)));
}

/// scales_ [rows.count, ceil(cols / 128)]: each row's block scales. Only those of the rows are read.
Status MatrixReader::read_scales(const Matrix& matrix, RowRange rows) {
  const TypeInfo& info = type_info(matrix.scales_type);
  const int64_t across = scale_blocks(matrix.cols);
  scales_.clear();
  return for_stored_rows(matrix, rows, [&](RowRange range) -> Status {
    const int64_t first = range.first / kScaleBlock, last = (range.first + range.count - 1) / kScaleBlock;
    Extent extent = matrix.block_scales;
    extent.offset += first * across * info.block_bytes;
    extent.size = (last - first + 1) * across * info.block_bytes;
    raw_scales_.resize(static_cast<size_t>(extent.size));
    TUG_TRY(checkpoint_->read(extent, raw_scales_));
    if (!all_finite(matrix.scales_type, raw_scales_)) return non_finite(*checkpoint_, matrix.block_scales);
    for (int64_t r = range.first; r < range.first + range.count; ++r) {
      const size_t at = scales_.size();
      scales_.resize(at + static_cast<size_t>(across));
      info.decode(raw_scales_.data() + (r / kScaleBlock - first) * across * info.block_bytes, across,
                  &scales_[at]);
    }
    return {};
  });
}

}  // namespace tug
