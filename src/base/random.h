// A counter-based generator: the draw depends on (seed, position) alone, never on what was drawn before.
#pragma once

#include <cstdint>

namespace tug {

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that mixes all bits.
inline uint64_t mix_bits(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Uniform in [0, 1), 53 random bits.
inline double uniform_at(uint64_t seed, uint64_t position) {
  const uint64_t bits = mix_bits(mix_bits(seed + 0x9e3779b97f4a7c15) + position * 0x9e3779b97f4a7c15);
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace tug
