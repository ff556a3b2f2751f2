// What a sequence remembers, in memory that it may share with others.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/function_ref.h"
#include "state/state_pool.h"

namespace tug {

/// One conversation's state. Positions 0 .. length-1 have been computed; capacity is the most that there may
/// be, and takes no memory by itself. For one thread at a time; must not outlive the pool.
class Sequence {
 public:
  Sequence(StatePool& pool, int64_t capacity) : pool_(pool), capacity_(capacity) {}

  int64_t length() const { return length_; }
  int64_t capacity() const { return capacity_; }
  /// Why it cannot be continued; null while it can.
  const Error* error() const { return error_ ? &*error_ : nullptr; }
  /// Breaks it: a state that is half advanced must never be continued.
  void fail(Error error) { error_ = std::move(error); }

  /// The least that it can be cut to; 0 without a recurrent part.
  int64_t shortest() const { return settled_; }

  /// Takes the memory of a sequence of so many tokens, none of what comes after length() shared with others.
  /// Errors: as begin(); then nothing has changed.
  Status reserve(int64_t length);
  /// Makes room for `tokens` more, in memory that is not shared, and marks the sequence as being in a pass.
  /// All memory that a pass takes is taken here. Errors: its own error; kInternal in another pass;
  /// kContextFull; kOutOfMemory. Then nothing has changed.
  Status begin(int64_t tokens);
  /// The tokens of begin() have been computed.
  void commit(int64_t tokens);
  /// They have not, or not in all blocks: back to where begin() was. With a recurrent part and more than
  /// kDropMax tokens there is no way back and the sequence fails; `touched`: some block has run.
  void abandon(int64_t tokens, bool touched);

  /// Drops the tokens from `length` on. With a recurrent part only the last kDropMax or all can be dropped;
  /// dropping all mends a broken sequence. Errors: kInvalidArgument; then nothing has changed.
  Status truncate(int64_t length);

  /// The same state in another sequence; both go on alone. Shares all memory until one of them writes.
  /// Errors: kInternal in a pass.
  Result<std::unique_ptr<Sequence>> fork() const { return fork(capacity_); }
  /// The same with another capacity, at least length().
  Result<std::unique_ptr<Sequence>> fork(int64_t capacity) const;

  /// Writes the state of positions from .. length-1 without a second copy in memory: a header, `tokens` (of
  /// those positions), pages, recurrent part, checksum. `from` is a multiple of kPageTokens; `model` names
  /// the model. Errors: those of the sink; its own error; kInternal in a pass.
  Status save(int64_t from, uint64_t model, std::span<const int32_t> tokens,
              FunctionRef<Status(ByteView)> sink) const;
  /// Appends what save() wrote and returns its tokens. Errors: kCorrupt; kInvalidArgument for another model,
  /// another layout, another version or a range that does not begin at length(); kContextFull; kOutOfMemory;
  /// those of the source. Then nothing has changed.
  Result<std::vector<int32_t>> restore(uint64_t model, FunctionRef<Status(MutableByteView)> source);

  std::byte* page(int64_t index) const { return pages_[static_cast<size_t>(index)]->data(); }
  std::byte* fixed() const { return fixed_->data(); }
  /// Bytes of memory, those shared with others included.
  int64_t bytes() const;
  /// All of it, piece by piece.
  void for_each_piece(FunctionRef<void(const Arena& piece)> visit) const;

 private:
  const StateLayout& layout() const { return pool_.layout(); }
  Status check_idle() const;

  StatePool& pool_;
  int64_t capacity_;
  int64_t length_ = 0;
  int64_t settled_ = 0;  // the recurrent part knows no way back to before this length
  bool in_pass_ = false;
  std::optional<Error> error_;
  std::vector<SharedMemory> pages_;
  SharedMemory fixed_;  // null: nothing yet
};

}  // namespace tug
