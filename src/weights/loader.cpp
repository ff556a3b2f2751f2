#include "weights/loader.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <new>

#include "plan/stored_rows.h"
#include "platform/thread_pool.h"
#include "weights/matrix_reader.h"

namespace tug {
namespace {

constexpr int64_t kPieceBytes = 2 << 20;

/// Some rows of a job's matrix.
struct Piece {
  const LoadJob* job;
  RowRange rows;
  int64_t bytes;
};

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

/// The first failure of several threads; the others stop when they see it.
class FirstFailure {
 public:
  bool seen() const { return seen_.load(std::memory_order_relaxed); }

  /// Runs work() -> Status; an error or an exception is kept.
  template <class Work>
  void guard(Work work) {
    try {
      Status status = work();
      if (!status.ok()) keep(std::move(status), nullptr);
    } catch (const std::bad_alloc&) {
      keep(Error(ErrorCode::kOutOfMemory, "There is no memory left to load the weights."), nullptr);
    } catch (...) {
      keep({}, std::current_exception());
    }
  }

  Status result() {
    if (exception_) std::rethrow_exception(exception_);
    return std::move(status_);
  }

 private:
  void keep(Status status, std::exception_ptr exception) {
    std::lock_guard lock(mutex_);
    if (seen_.exchange(true)) return;
    status_ = std::move(status);
    exception_ = std::move(exception);
  }

  std::atomic<bool> seen_{false};
  std::mutex mutex_;
  Status status_;
  std::exception_ptr exception_;
};

}  // namespace

Status load_matrices(const Checkpoint& checkpoint, const std::vector<LoadJob>& jobs, const Packer& packer,
                     int threads, LoadProgress progress) {
  if (jobs.empty()) return {};
  const std::vector<Piece> pieces = cut(jobs);
  int64_t total = 0, largest = 0;
  for (const Piece& piece : pieces) total += piece.bytes, largest = std::max(largest, piece.bytes);

  // Half of the threads wait for the drive while the other half packs.
  ThreadPool pool(std::min<int>(2 * threads, static_cast<int>(pieces.size())));
  std::vector<MatrixReader> readers;
  for (int thread = 0; thread < pool.threads(); ++thread)
    readers.push_back(TUG_TRY(MatrixReader::make(checkpoint, largest)));

  std::atomic<int64_t> done{0};
  FirstFailure failure;
  pool.run(static_cast<int64_t>(pieces.size()), [&](int64_t index, int thread) {
    if (failure.seen()) return;
    failure.guard([&]() -> Status {
      const Piece& piece = pieces[static_cast<size_t>(index)];
      const Matrix& matrix = *piece.job->matrix;
      packer.pack(matrix, TUG_TRY(readers[static_cast<size_t>(thread)].read(matrix, piece.rows)),
                  piece.job->slot);
      const int64_t now = done.fetch_add(piece.bytes) + piece.bytes;
      if (thread == 0) progress(now, total);
      return {};
    });
  });
  return failure.result();
}

}  // namespace tug
