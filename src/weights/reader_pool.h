// Threads that read pieces of matrices: several, so that a drive has more than one request.
#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "weights/matrix_reader.h"

namespace tug {

class ReaderPool {
 public:
  /// Rows of a unit's linear.
  struct Job {
    size_t unit = 0;
    uint32_t piece = 0;
    const Linear* linear = nullptr;
    RowRange rows = {};
    MutableByteView place = {};  // of the whole packed matrix
  };
  /// Rows as stored, not checked, in a buffer that has to be given back.
  struct Piece {
    Job job;
    MatrixReader* buffer = nullptr;
    RawRows raw = {};
  };
  /// Pieces that there may be at the same time.
  static constexpr int kBuffers = 16;
  enum Priority { kNeeded, kSoon, kPriorities };
  /// Told of every job when it has been read, on a thread of the pool.
  using Done = std::function<void(const Job&, Result<Piece>)>;

  /// Jobs read up to `bytes_max` stored bytes each; at most `jobs_max` wait at a time. Errors: kOutOfMemory.
  static Result<std::unique_ptr<ReaderPool>> make(const Checkpoint& checkpoint, int64_t bytes_max,
                                                  size_t jobs_max, Done done);
  /// Bytes of its buffers.
  static int64_t bytes(int64_t bytes_max);
  /// Waits for what is being read; what has not begun is forgotten.
  ~ReaderPool();

  void push(Priority priority, std::span<const Job> jobs);
  /// Jobs of this unit that wait are needed now.
  void hurry(size_t unit);
  /// Drops the jobs of this unit that wait, and returns how many there were.
  uint32_t forget(size_t unit);
  /// The piece has been packed, or is not needed any more.
  void give_back(const Piece& piece);

 private:
  /// First in, first out, of a fixed size.
  class Queue {
   public:
    explicit Queue(size_t room = 0) : jobs_(room) {}
    bool empty() const { return count_ == 0; }
    size_t size() const { return count_; }
    void push(const Job& job) { jobs_[(first_ + count_++) % jobs_.size()] = job; }
    Job pop() {
      const Job job = jobs_[first_];
      first_ = (first_ + 1) % jobs_.size(), --count_;
      return job;
    }

   private:
    std::vector<Job> jobs_;
    size_t first_ = 0, count_ = 0;
  };

  ReaderPool(size_t jobs_max, Done done)
      : done_(std::move(done)), queues_{Queue(jobs_max), Queue(jobs_max)} {}
  bool ready(Priority priority) const;
  void work();

  const Done done_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  int soon_running_ = 0;  // jobs of kSoon
  std::array<Queue, kPriorities> queues_;
  std::vector<MatrixReader> buffers_;
  std::vector<MatrixReader*> free_;
  std::vector<std::thread> threads_;
};

}  // namespace tug
