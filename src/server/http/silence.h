// When a stream that has nothing to say must say so. Whoever holds the clock asks.
#pragma once

#include <algorithm>
#include <chrono>

namespace tug {

/// After `silence` a stream speaks; 0: it need not.
inline bool must_speak(std::chrono::milliseconds silence, std::chrono::milliseconds quiet) {
  return silence.count() > 0 && quiet >= silence;
}

/// How often an answer is looked at, so that it speaks soon after that, and a client that has stalled is
/// seen.
inline std::chrono::milliseconds look_every(std::chrono::milliseconds silence,
                                            std::chrono::milliseconds stall) {
  constexpr std::chrono::milliseconds kMax{1'000}, kMin{5};
  std::chrono::milliseconds time = std::min(kMax, stall / 4);
  if (silence.count() > 0) time = std::min(time, silence / 4);
  return std::max(time, kMin);
}

}  // namespace tug
