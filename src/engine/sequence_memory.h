// What all sequences together may take beside the weights, and who has how much of it.
#pragma once

#include <memory>
#include <vector>

#include "engine/engine.h"

namespace tug {

/// A sequence and the tokens whose state it holds. Belongs to a session, or to one request alone.
struct Remembered {
  std::unique_ptr<Sequence> sequence = {};  // null: nothing
  std::vector<int32_t> tokens = {};         // sequence->length() of them

  void forget() { *this = {}; }
  /// Keeps what begins `prompt`, but for its last token: its logits are wanted. A recurrent state that has no
  /// way back so far is forgotten.
  void keep_start_of(const std::vector<int32_t>& prompt);
};

/// Sequences take memory as they grow, so many long contexts may be open that are not used to the full. Used
/// by the engine's thread; what is const, by all.
class SequenceMemory {
 public:
  explicit SequenceMemory(const Engine& engine) : engine_(engine) {}

  /// Room for the state of `tokens` tokens in all; makes a sequence for up to `context` where there is none.
  /// Errors: kOutOfMemory with the numbers; nothing has changed then.
  Status reserve(Remembered& remembered, int64_t tokens, int64_t context);

  /// The longest context that fits when nothing else is remembered; at most what the model was made for.
  int64_t context_max() const { return engine_.largest_capacity(); }
  /// Errors: kOutOfMemory with the numbers, when so many tokens do not fit even alone.
  Status check(int64_t tokens) const;

 private:
  const Engine& engine_;
};

}  // namespace tug
