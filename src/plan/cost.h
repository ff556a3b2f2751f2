// What a plan costs: bytes that are stored and read, operations, state. Everything follows from the plan
// alone.
#pragma once

#include "plan/plan.h"

namespace tug {

struct Cost {
  int64_t parameters = 0;  // numbers in the weights; a tied head counts once
  int64_t active_parameters =
      0;                     // those that one token touches: dense parts, top_k experts, head; no embedding
  int64_t stored_bytes = 0;  // of all weights, as the files hold them, block scales included
  int64_t bytes_per_token = 0;       // of the active ones: what decoding at batch 1 reads
  int64_t operations_per_token = 0;  // additions and multiplications, without attention to earlier tokens
  int64_t operations_per_context_token = 0;  // on top of that, for every earlier token
  int64_t kv_bytes_per_token = 0;            // state of a sequence, float32 keys and values
  int64_t recurrent_bytes = 0;               // state of a sequence, whatever its length

  Cost& operator+=(const Cost& other);
  bool operator==(const Cost&) const = default;
};

/// Bytes of a matrix's rows as they are stored, and its share of block scales.
int64_t stored_bytes(const Matrix& matrix);

/// Of one linear, used once for each token.
Cost cost_of(const Linear& linear);
/// Of a unit when a token uses it.
Cost cost_of(const Plan& plan, UnitId unit);
/// Of a block; of its experts top_k are active.
Cost cost_of(const Block& block);
/// Of the whole model for one decoded token, MTP left out.
Cost cost_of(const Plan& plan);
/// Of one draft step, without the embedding and head that it shares with the model.
Cost cost_of(const Mtp& mtp);

}  // namespace tug
