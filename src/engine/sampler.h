// Chooses the next token from logits.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "tugboat/result.h"
#include "tugboat/types.h"

namespace tug {

class Sampler {
 public:
  /// Ids from `tokens` on are padding rows of the vocabulary and are never chosen.
  Sampler(const Sampling& sampling, int64_t tokens) : sampling_(sampling), tokens_(tokens) {}

  /// Tells of a token of the prompt or of the answer, for the penalties.
  void note(int32_t token, bool in_answer);

  /// The token for `position`; changes the logits. Ties go to the lower id; NaN counts as impossible.
  int32_t sample(std::span<float> logits, int64_t position);

 private:
  struct Candidate {
    double value;  // logit, then probability
    int32_t token;
  };
  void adjust(std::span<float> logits) const;
  void choose_candidates(std::span<const float> logits);
  void weigh_candidates();

  Sampling sampling_;
  int64_t tokens_;
  std::unordered_map<int32_t, int64_t> seen_;  // token -> times in the answer
  std::vector<Candidate> candidates_;
};

/// Errors: kInvalidArgument for a parameter outside its range, by name.
Status check_sampling(const Sampling& sampling);

}  // namespace tug
