// The memory of all bodies that are being read or wait for their answer.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace tug {

class BodyBudget {
 public:
  explicit BodyBudget(size_t max) : max_(max) {}
  bool exceeded() const { return used_ > max_; }

 private:
  friend class BodyCharge;
  const size_t max_;
  std::atomic<size_t> used_ = 0;
};

/// What one body takes of it. Goes back on any thread, also after the server has gone.
class BodyCharge {
 public:
  explicit BodyCharge(std::shared_ptr<BodyBudget> budget) : budget_(std::move(budget)) {}
  ~BodyCharge() { budget_->used_ -= bytes_; }
  BodyCharge(const BodyCharge&) = delete;
  BodyCharge& operator=(const BodyCharge&) = delete;

  void add(size_t bytes) {
    bytes_ += bytes;
    budget_->used_ += bytes;
  }
  size_t bytes() const { return bytes_; }

 private:
  std::shared_ptr<BodyBudget> budget_;
  size_t bytes_ = 0;
};

}  // namespace tug
