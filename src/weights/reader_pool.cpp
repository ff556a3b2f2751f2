#include "weights/reader_pool.h"

namespace tug {
namespace {

constexpr int kThreads = 4;
/// Threads that are busy with kSoon at the same time, at most, and buffers that it leaves: what is needed
/// never waits for much of what may be.
constexpr int kSoonAtOnce = 2, kNeededBuffers = 8;

}  // namespace

Result<std::unique_ptr<ReaderPool>> ReaderPool::make(const Checkpoint& checkpoint, int64_t bytes_max,
                                                     size_t jobs_max, Done done) {
  std::unique_ptr<ReaderPool> pool(new ReaderPool(jobs_max, std::move(done)));
  for (int i = 0; i < kBuffers; ++i)
    pool->buffers_.push_back(TUG_TRY(MatrixReader::make(checkpoint, bytes_max)));
  for (MatrixReader& buffer : pool->buffers_) pool->free_.push_back(&buffer);
  for (int i = 0; i < kThreads; ++i) pool->threads_.emplace_back([self = pool.get()] { self->work(); });
  return pool;
}

int64_t ReaderPool::bytes(int64_t bytes_max) { return kBuffers * MatrixReader::bytes(bytes_max); }

ReaderPool::~ReaderPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ReaderPool::push(Priority priority, std::span<const Job> jobs) {
  {
    const std::lock_guard lock(mutex_);
    for (const Job& job : jobs) queues_[priority].push(job);
  }
  if (jobs.size() == 1) wake_.notify_one();
  else wake_.notify_all();
}

void ReaderPool::hurry(size_t unit) {
  {
    const std::lock_guard lock(mutex_);
    Queue& soon = queues_[kSoon];
    for (size_t left = soon.size(); left > 0; --left) {
      const Job job = soon.pop();
      (job.unit == unit ? queues_[kNeeded] : soon).push(job);
    }
  }
  wake_.notify_all();
}

uint32_t ReaderPool::forget(size_t unit) {
  const std::lock_guard lock(mutex_);
  uint32_t forgotten = 0;
  for (Queue& queue : queues_) {
    for (size_t left = queue.size(); left > 0; --left) {
      const Job job = queue.pop();
      if (job.unit == unit) ++forgotten;
      else queue.push(job);
    }
  }
  return forgotten;
}

void ReaderPool::give_back(const Piece& piece) {
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(piece.buffer);
  }
  wake_.notify_one();
}

bool ReaderPool::ready(Priority priority) const {
  if (queues_[priority].empty()) return false;
  if (priority == kNeeded) return !free_.empty();
  return soon_running_ < kSoonAtOnce && free_.size() > kNeededBuffers;
}

void ReaderPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || ready(kNeeded) || ready(kSoon); });
    if (stopping_) return;
    const Priority priority = ready(kNeeded) ? kNeeded : kSoon;
    Piece piece = {queues_[priority].pop(), free_.back()};
    free_.pop_back();
    soon_running_ += priority == kSoon;
    lock.unlock();
    auto raw = piece.buffer->read_unchecked(piece.job.linear->weight, piece.job.rows);
    if (raw.ok()) piece.raw = raw.value();
    else give_back(piece);
    done_(piece.job, raw.ok() ? Result<Piece>(piece) : Result<Piece>(std::move(raw).error()));
    lock.lock();
    soon_running_ -= priority == kSoon;
  }
}

}  // namespace tug
