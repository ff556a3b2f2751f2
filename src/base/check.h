// Contract checks: a failure is a bug in Tugboat, never bad input.
#pragma once

#include <cstdio>
#include <cstdlib>

#define TUG_CHECK(condition)                                                                     \
  do {                                                                                           \
    if (!(condition)) {                                                                          \
      std::fprintf(stderr, "tug: internal error: %s (%s:%d)\n", #condition, __FILE__, __LINE__); \
      std::abort();                                                                              \
    }                                                                                            \
  } while (0)
