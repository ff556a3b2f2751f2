// Where the time of a step goes. A clock is always in one phase, so the phases add up to the whole.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

namespace tug {

enum class Phase {
  kRest,         // embeddings, bookkeeping, whatever is between two blocks
  kProjections,  // a mixer's norm and inputs: q, k, v; qkv, z, a, b
  kAttention,    // rotation, cache and attention itself
  kRecurrence,   // Gated DeltaNet: convolution, state
  kMixerOutput,
  kRouter,  // norm, scores, choice and sorting
  kGateUp,  // gate, up and their product, of experts and dense networks
  kDown,    // down, and the sum
  kHead,    // final norm and logits
};
inline constexpr size_t kPhases = 9;
inline constexpr std::array<const char*, kPhases> kPhaseNames = {
    "rest", "projections", "attention", "recurrence", "mixer output", "router", "gate, up", "down", "head"};

/// Seconds in each phase.
using PhaseTimes = std::array<double, kPhases>;

/// For one thread. Entering a phase ends the one before.
class PhaseClock {
 public:
  void enter(Phase phase) {
    const Clock::time_point now = Clock::now();
    times_[static_cast<size_t>(phase_)] += std::chrono::duration<double>(now - since_).count();
    since_ = now;
    phase_ = phase;
  }
  /// The times since the last call; the clock goes on in kRest.
  PhaseTimes restart() {
    enter(Phase::kRest);
    return std::exchange(times_, {});
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point since_ = Clock::now();
  Phase phase_ = Phase::kRest;
  PhaseTimes times_ = {};
};

}  // namespace tug
