// Tells an answer that goes round in circles from one that is only monotonous.
#pragma once

#include <cstdint>
#include <span>

namespace tug {

/// The longest circle, and how much of an answer must be nothing else: so many times, and so many tokens.
/// Tables of zeros and dumps are shorter.
constexpr int64_t kCircleMax = 512, kCircles = 8, kCircledTokens = 2048;

/// Whether `tokens` end with one sequence over and over. Looks at the last kCircles * kCircleMax tokens.
bool goes_in_circles(std::span<const int32_t> tokens);

}  // namespace tug
