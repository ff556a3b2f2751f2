// Threads that read pieces of matrices and pack them: several, so that a drive has more than one request.
#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "weights/matrix_reader.h"
#include "weights/packer.h"

namespace tug {

class ReaderPool {
 public:
  /// Rows of a unit's linear, into the place of the whole matrix.
  struct Job {
    size_t unit = 0;
    uint32_t piece = 0;
    const Linear* linear = nullptr;
    RowRange rows;
    MutableByteView place;
  };
  enum Priority { kNeeded, kSoon, kPriorities };
  /// Told of every job when it is done, on a thread of the pool.
  using Done = std::function<void(const Job&, Status)>;

  /// Jobs read up to `bytes_max` stored bytes each; at most `jobs_max` wait at a time. Errors: kOutOfMemory.
  static Result<std::unique_ptr<ReaderPool>> make(const Checkpoint& checkpoint, const Packer& packer,
                                                  int threads, int64_t bytes_max, size_t jobs_max, Done done);
  /// Waits for what is being read; what has not begun is forgotten.
  ~ReaderPool();

  void push(Priority priority, const Job& job);
  /// Jobs of this unit that wait are needed now.
  void hurry(size_t unit);

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

  ReaderPool(const Packer& packer, size_t jobs_max, Done done);
  void work(MatrixReader& reader);

  const Packer& packer_;
  const Done done_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::array<Queue, kPriorities> queues_;
  std::vector<MatrixReader> readers_;
  std::vector<std::thread> threads_;
};

}  // namespace tug
