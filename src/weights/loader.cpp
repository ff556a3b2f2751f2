#include "weights/loader.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>

#include "platform/memory.h"
#include "platform/thread_pool.h"

namespace tug {
namespace {

constexpr int64_t kPieceBytes = 2 << 20;

/// Some rows of a job's matrix.
struct Piece {
  const LoadJob* job;
  RowRange rows;
  int64_t bytes;
};

int64_t stored_row_bytes(const Matrix& matrix) { return *row_bytes(matrix.type, matrix.cols); }

std::vector<Piece> cut(const std::vector<LoadJob>& jobs) {
  std::vector<Piece> pieces;
  for (const LoadJob& job : jobs) {
    const int64_t row = stored_row_bytes(*job.matrix);
    const int64_t step = std::max(kPackRows, kPieceBytes / row / kPackRows * kPackRows);
    for (int64_t first = 0; first < job.matrix->rows; first += step) {
      const int64_t count = std::min(step, job.matrix->rows - first);
      pieces.push_back({&job, {first, count}, count * row});
    }
  }
  // In the order of the file, so that the drive reads forward.
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    const Extent &x = a.job->matrix->bytes, &y = b.job->matrix->bytes;
    return std::pair(x.file, x.offset) < std::pair(y.file, y.offset);
  });
  return pieces;
}

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
  return Error(ErrorCode::kCorrupt,
               "The file is broken: " + name + " holds a weight or scale that is infinite or not a number.");
}

namespace {

/// One thread's buffers, and the reads into them.
class Staging {
 public:
  static Result<Staging> allocate(int64_t piece_bytes_max) {
    Staging staging;
    const int64_t padded = piece_bytes_max + 2 * kDirectAlignment;
    staging.direct_ = TUG_TRY(Arena::allocate(padded));
    staging.gathered_ = TUG_TRY(Arena::allocate(padded));
    return staging;
  }

  Result<RawRows> read(const Checkpoint& checkpoint, const Piece& piece) {
    const Matrix& matrix = *piece.job->matrix;
    const int64_t row = stored_row_bytes(matrix);
    RawRows raw{piece.rows, {}, {}};
    int64_t gathered = 0;
    TUG_TRY(for_stored_rows(matrix, piece.rows, [&](RowRange stored) -> Status {
      const ByteView bytes =
          TUG_TRY(read_direct(checkpoint, matrix.bytes, stored.first * row, stored.count * row));
      if (stored.count == piece.rows.count) {
        raw.bytes = bytes;
        return {};
      }
      std::copy(bytes.begin(), bytes.end(), gathered_.data() + gathered);
      gathered += stored.count * row;
      raw.bytes = {gathered_.data(), static_cast<size_t>(gathered)};
      return {};
    }));
    if (!all_finite(matrix.type, raw.bytes)) return non_finite(checkpoint, matrix.bytes);
    if (matrix.block_scales.size > 0) {
      TUG_TRY(read_scales(checkpoint, matrix, piece.rows));
      raw.scales = scales_;
    }
    return raw;
  }

 private:
  Result<ByteView> read_direct(const Checkpoint& checkpoint, const Extent& extent, int64_t offset,
                               int64_t size) {
    const int64_t first = extent.offset + offset;
    const int64_t aligned = first / kDirectAlignment * kDirectAlignment;
    const int64_t end = (first + size + kDirectAlignment - 1) / kDirectAlignment * kDirectAlignment;
    const MutableByteView to(direct_.data(), static_cast<size_t>(end - aligned));
    TUG_TRY(checkpoint.files()[static_cast<size_t>(extent.file)].read_direct(aligned, to));
    return ByteView(to.subspan(static_cast<size_t>(first - aligned), static_cast<size_t>(size)));
  }

  /// scales_ [rows.count, ceil(cols / 128)]: each row's block scales.
  Status read_scales(const Checkpoint& checkpoint, const Matrix& matrix, RowRange rows) {
    const TypeInfo& info = type_info(matrix.scales_type);
    const int64_t across = (matrix.cols + kScaleBlock - 1) / kScaleBlock;
    const int64_t count = matrix.block_scales.size / info.block_bytes;
    std::vector<std::byte> raw(static_cast<size_t>(matrix.block_scales.size));
    TUG_TRY(checkpoint.read(matrix.block_scales, raw));
    std::vector<float> stored(static_cast<size_t>(count));
    info.decode(raw.data(), count, stored.data());
    if (!all_finite(matrix.scales_type, raw)) return non_finite(checkpoint, matrix.block_scales);
    scales_.clear();
    return for_stored_rows(matrix, rows, [&](RowRange range) -> Status {
      for (int64_t r = range.first; r < range.first + range.count; ++r) {
        const auto from = stored.begin() + r / kScaleBlock * across;
        scales_.insert(scales_.end(), from, from + across);
      }
      return {};
    });
  }

  Arena direct_, gathered_;
  std::vector<float> scales_;
};

}  // namespace

Status load_matrices(const Checkpoint& checkpoint, const std::vector<LoadJob>& jobs, const Packer& packer,
                     int threads, LoadProgress progress) {
  const std::vector<Piece> pieces = cut(jobs);
  int64_t total = 0, largest = 0;
  for (const Piece& piece : pieces) total += piece.bytes, largest = std::max(largest, piece.bytes);

  // Half of the threads wait for the drive while the other half packs.
  ThreadPool pool(std::min<int>(2 * threads, static_cast<int>(pieces.size())));
  std::vector<Staging> staging;
  for (int thread = 0; thread < pool.threads(); ++thread)
    staging.push_back(TUG_TRY(Staging::allocate(largest)));

  std::atomic<int64_t> done{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  Status status;
  pool.run(static_cast<int64_t>(pieces.size()), [&](int64_t index, int thread) {
    if (failed.load(std::memory_order_relaxed)) return;
    const Piece& piece = pieces[static_cast<size_t>(index)];
    auto raw = staging[static_cast<size_t>(thread)].read(checkpoint, piece);
    if (raw.ok()) {
      packer.pack(*piece.job->matrix, *raw, piece.job->slot);
    } else {
      std::lock_guard lock(mutex);
      failed.store(true);
      status = std::move(raw).error();
    }
    const int64_t now = done.fetch_add(piece.bytes) + piece.bytes;
    if (thread == 0) progress(now, total);
  });
  return status;
}

}  // namespace tug
