#include "engine/repetition.h"

#include <algorithm>
#include <array>

namespace tug {

bool goes_in_circles(std::span<const int32_t> tokens) {
  const auto count = std::min(static_cast<int64_t>(tokens.size()), kCircles * kCircleMax);
  if (count < kCircledTokens) return false;
  const auto back = [&](int64_t i) { return tokens[tokens.size() - 1 - static_cast<size_t>(i)]; };
  // The Z-function of the tokens from behind: same[p] of them equal those p before them.
  std::array<int64_t, kCircleMax + 1> same = {};
  const int64_t periods = std::min(kCircleMax, count - 1);
  for (int64_t p = 1, left = 0, right = 0; p <= periods; ++p) {
    int64_t length = p < right ? std::min(right - p, same[static_cast<size_t>(p - left)]) : 0;
    while (p + length < count && back(length) == back(p + length)) ++length;
    if (p + length > right) left = p, right = p + length;
    if (p + length >= std::max(kCircledTokens, kCircles * p)) return true;
    same[static_cast<size_t>(p)] = length;
  }
  return false;
}

}  // namespace tug
