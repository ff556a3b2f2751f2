#include "state/sequence.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/units.h"

namespace tug {
namespace {

int64_t pages_of(int64_t tokens) { return (tokens + kPageTokens - 1) / kPageTokens; }

}  // namespace

Status Sequence::check_idle() const {
  if (error_) return *error_;
  if (in_pass_) return Error(ErrorCode::kInternal, "A sequence can be in one pass at a time.");
  return {};
}

Status Sequence::reserve(int64_t length) {
  TUG_TRY(check_idle());
  if (length > capacity_) {
    return Error(ErrorCode::kContextFull, "The context of " + format_count(capacity_) + " tokens is full.");
  }
  std::vector<SharedMemory> more;
  const int64_t pages = layout().page_bytes > 0 ? pages_of(length) : 0;
  for (int64_t page = std::ssize(pages_); page < pages; ++page) more.push_back(TUG_TRY(pool_.take_page()));
  if (layout().fixed_bytes > 0 && !fixed_) fixed_ = TUG_TRY(pool_.take_fixed());
  std::ranges::move(more, std::back_inserter(pages_));
  const auto own = [&](SharedMemory& memory) -> Status {
    if (memory.use_count() > 1) memory = TUG_TRY(pool_.copy(memory));
    return {};
  };
  for (auto page = static_cast<size_t>(length_ / kPageTokens); page < pages_.size(); ++page)
    TUG_TRY(own(pages_[page]));
  if (fixed_) TUG_TRY(own(fixed_));
  return {};
}

Status Sequence::begin(int64_t tokens) {
  TUG_TRY(reserve(length_ + tokens));
  in_pass_ = true;
  return {};
}

void Sequence::commit(int64_t tokens) {
  in_pass_ = false;
  length_ += tokens;
  if (fixed_) settled_ = std::max(settled_, length_ - kDropMax);
}

void Sequence::abandon(int64_t tokens, bool touched) {
  in_pass_ = false;
  if (!touched || !fixed_) return;
  if (length_ == 0) {
    fixed_.reset();
  } else if (tokens <= kDropMax) {
    settled_ = std::max(settled_, length_ + tokens - kDropMax);
  } else {
    fail(Error(
        ErrorCode::kCancelled,
        "The sequence was given up in the middle of a step, and its state has no way back; start over."));
  }
}

Status Sequence::truncate(int64_t length) {
  if (length < 0 || length > length_ || in_pass_) {
    return Error(ErrorCode::kInvalidArgument, "A sequence of " + format_count(length_) +
                                                  " tokens cannot be cut to " + std::to_string(length) + ".");
  }
  if (length == 0) {
    fixed_.reset();
    error_.reset();
    settled_ = 0;
  }
  if (length < settled_) {
    return Error(ErrorCode::kInvalidArgument, "The recurrent state has no way back from " +
                                                  format_count(length_) + " to " + format_count(length) +
                                                  " tokens, only to " + format_count(settled_) + " or to 0.");
  }
  length_ = length;
  pages_.resize(std::min(pages_.size(), static_cast<size_t>(pages_of(length))));
  return {};
}

Result<std::unique_ptr<Sequence>> Sequence::fork(int64_t capacity) const {
  TUG_TRY(check_idle());
  auto other = std::make_unique<Sequence>(pool_, capacity);
  other->length_ = length_;
  other->settled_ = settled_;
  other->pages_.assign(pages_.begin(),
                       pages_.begin() + std::min<int64_t>(pages_of(length_), std::ssize(pages_)));
  other->fixed_ = fixed_;
  return other;
}

void Sequence::for_each_piece(FunctionRef<void(const Arena& piece)> visit) const {
  for (const SharedMemory& page : pages_) visit(*page);
  if (fixed_) visit(*fixed_);
}

int64_t Sequence::bytes() const {
  return std::ssize(pages_) * layout().page_bytes + (fixed_ ? layout().fixed_bytes : 0);
}

}  // namespace tug
