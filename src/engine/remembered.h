// What a session, or one request alone, remembers.
#pragma once

#include <memory>
#include <vector>

#include "engine/engine.h"

namespace tug {

/// A sequence and the tokens whose state it holds.
struct Remembered {
  std::unique_ptr<Sequence> sequence = {};  // null: nothing
  std::vector<int32_t> tokens = {};         // sequence->length() of them

  /// Room for the state of `count` tokens in all; makes a sequence for up to `context` where there is none.
  /// Errors: kOutOfMemory with the numbers; nothing has changed then.
  Status reserve(const Engine& engine, int64_t count, int64_t context);
  void forget() { *this = {}; }
  /// Keeps what begins `prompt`, but for its last token: its logits are wanted. A recurrent state that has no
  /// way back so far is forgotten.
  void keep_start_of(const std::vector<int32_t>& prompt);
};

}  // namespace tug
