// Chooses the next token from logits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backends/kernels_of.h"
#include "tugboat/result.h"
#include "tugboat/types.h"

namespace tug {

class Sampler {
 public:
  /// Ids from `tokens` on are padding rows of the vocabulary and are never chosen.
  Sampler(const Sampling& sampling, int64_t tokens, const Kernels& kernels = best_kernels())
      : sampling_(sampling), tokens_(tokens), kernels_(&kernels) {}

  /// Tells of a token of the prompt or of the answer, for the penalties.
  void note(int32_t token, bool in_answer);

  /// The token for `position`. The logits are changed meanwhile and restored; -infinity rules a token out.
  /// Ties go to the lower id. Errors: kCorrupt when a logit is NaN or infinite, or all are ruled out.
  Result<int32_t> sample(std::span<float> logits, int64_t position);

 private:
  struct Seen {
    int32_t token;
    int32_t times;  // in the answer
  };
  struct Old {
    int32_t token;
    float logit;
  };
  void take_noted();
  bool punishes() const;
  void adjust(std::span<float> logits);
  Result<int32_t> choose(std::span<const float> logits, int64_t position) const;

  Sampling sampling_;
  int64_t tokens_;
  const Kernels* kernels_;
  std::vector<Seen> seen_;   // each token once, ascending: the logits are walked forward
  std::vector<Seen> noted_;  // since then
  std::vector<Old> old_;     // what adjust() changed, in order
};

/// Errors: kInvalidArgument for a parameter outside its range, by name.
Status check_sampling(const Sampling& sampling);

}  // namespace tug
