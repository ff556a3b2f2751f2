// The byte stream that the goldens were made from: x <- x * 1664525 + 1013904223 mod 2^32, from 12345.
#pragma once

#include <cstdint>
#include <vector>

namespace tug {

class PseudoBytes {
 public:
  uint32_t word() { return state_ = state_ * 1664525u + 1013904223u; }

  /// The next bytes: the top eight bits of each state.
  std::vector<std::byte> bytes(size_t count) {
    std::vector<std::byte> out(count);
    for (std::byte& b : out) b = static_cast<std::byte>(word() >> 24);
    return out;
  }

 private:
  uint32_t state_ = 12345;
};

}  // namespace tug
