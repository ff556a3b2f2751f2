#include "weights/reader_pool.h"

#include "base/check.h"

namespace tug {

ReaderPool::ReaderPool(const Packer& packer, size_t jobs_max, Done done)
    : packer_(packer), done_(std::move(done)), queues_{Queue(jobs_max), Queue(jobs_max)} {}

Result<std::unique_ptr<ReaderPool>> ReaderPool::make(const Checkpoint& checkpoint, const Packer& packer,
                                                     int threads, int64_t bytes_max, size_t jobs_max,
                                                     Done done) {
  std::unique_ptr<ReaderPool> pool(new ReaderPool(packer, jobs_max, std::move(done)));
  for (int i = 0; i < threads; ++i)
    pool->readers_.push_back(TUG_TRY(MatrixReader::make(checkpoint, bytes_max)));
  for (MatrixReader& reader : pool->readers_)
    pool->threads_.emplace_back([&reader, self = pool.get()] { self->work(reader); });
  return pool;
}

ReaderPool::~ReaderPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ReaderPool::push(Priority priority, const Job& job) {
  {
    const std::lock_guard lock(mutex_);
    queues_[priority].push(job);
  }
  wake_.notify_one();
}

void ReaderPool::hurry(size_t unit) {
  const std::lock_guard lock(mutex_);
  Queue& soon = queues_[kSoon];
  for (size_t left = soon.size(); left > 0; --left) {
    const Job job = soon.pop();
    (job.unit == unit ? queues_[kNeeded] : soon).push(job);
  }
}

void ReaderPool::work(MatrixReader& reader) {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || !queues_[kNeeded].empty() || !queues_[kSoon].empty(); });
    if (stopping_) return;
    const Job job = queues_[queues_[kNeeded].empty() ? kSoon : kNeeded].pop();
    lock.unlock();
    auto raw = reader.read(job.linear->weight, job.rows);
    if (raw.ok()) packer_.pack(job.linear->weight, raw.value(), job.place);
    done_(job, raw.ok() ? Status() : Status(std::move(raw).error()));
    lock.lock();
  }
}

}  // namespace tug
