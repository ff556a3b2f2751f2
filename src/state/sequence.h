// What a sequence remembers. A block's state belongs to the backend that runs the block; here it is bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "tugboat/result.h"

namespace tug {

/// The state of one block for one sequence: a KV cache, a recurrent state, or nothing.
class BlockState {
 public:
  virtual ~BlockState() = default;
  /// Appends what the first `positions` tokens left behind. `positions` is the sequence's length.
  virtual void save(int64_t positions, ByteWriter& to) const = 0;
  /// Errors: kCorrupt.
  virtual Status restore(int64_t positions, ByteReader& from) = 0;
};

/// One conversation's state. Positions 0 .. length-1 have been computed; capacity is the most that fit.
struct Sequence {
  int64_t length = 0;
  int64_t capacity = 0;
  bool in_pass = false;                             // its next tokens are being computed
  std::optional<Error> error;                       // it is broken and cannot be continued
  std::vector<std::unique_ptr<BlockState>> blocks;  // by Block::index; null where a block remembers nothing
};

/// A sequence as bytes. `fingerprint` names the model, the backend and the layout that wrote it.
std::vector<std::byte> save_sequence(const Sequence& sequence, uint64_t fingerprint);

/// Restores into an empty sequence of the same model. Errors: kCorrupt; kInvalidArgument for another model's
/// bytes; kContextFull when it does not fit.
Status restore_sequence(ByteView bytes, uint64_t fingerprint, Sequence& sequence);

}  // namespace tug
