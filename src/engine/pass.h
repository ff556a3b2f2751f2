// A step on its way through the model. It may stop between blocks for as long as it likes while other passes
// run: prefill that makes way for decode, experts that are read once for a whole prompt.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "backends/backend.h"

namespace tug {

/// What a pass works with; the engine uses it again for later passes.
struct PassBuffers {
  std::vector<Row> rows;            // as given to begin()
  RowErrors errors;                 // of those
  std::vector<Row> active;          // those that run
  std::vector<size_t> index;        // their places in `rows`
  RowErrors active_errors;          // what the backend says of them
  std::vector<int32_t> wanted;      // active rows whose logits are wanted
  std::unique_ptr<HiddenStates> x;  // of the active rows
};

/// Made by Engine::begin. Movable; must not outlive its engine. A pass that is dropped before finish() takes
/// its sequences back to where they began; a sequence whose state has no way back is broken (its error says
/// so).
class Pass {
 public:
  Pass(Pass&&) = default;
  Pass& operator=(Pass&&) = delete;
  ~Pass();

  /// As given to begin().
  std::span<const Row> rows() const { return buffers_->rows; }
  /// Why a row does not run, or ran in vain; null while all is well. Final after finish().
  const Error* error(size_t row) const { return buffers_->errors.of(row); }
  /// All blocks have run.
  bool done() const { return next_block_ == blocks_; }
  /// Blocks that have run, of how many.
  int64_t next_block() const { return next_block_; }
  int64_t blocks() const { return blocks_; }

 private:
  friend class Engine;
  Pass(std::unique_ptr<PassBuffers> buffers, std::vector<std::unique_ptr<PassBuffers>>& spare, int64_t blocks)
      : buffers_(std::move(buffers)), spare_(&spare), blocks_(blocks) {}

  std::unique_ptr<PassBuffers> buffers_;  // null after a move
  std::vector<std::unique_ptr<PassBuffers>>* spare_;
  int64_t next_block_ = 0, blocks_;
  bool finished_ = false;
};

}  // namespace tug
