// Whether a sanitizer watches: long tests then take fewer cases, at least one of each kind.
#pragma once

#include <cstdint>

namespace tug {

#ifdef TUG_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// How many cases a test takes: `all` of them, or `few` under a sanitizer.
constexpr uint64_t cases(uint64_t all, uint64_t few) { return kSanitized ? few : all; }

}  // namespace tug
