// Expectations on Results.
#pragma once

#include <gtest/gtest.h>

#include "tugboat/result.h"

#define EXPECT_OK(expression)                                     \
  do {                                                            \
    const auto& expect_ok_ = (expression);                        \
    EXPECT_TRUE(expect_ok_.ok()) << expect_ok_.error().message(); \
  } while (0)

/// The value of a Result; fails the test (by exception, so it works in any function) on an error.
template <class T>
T value_of(tug::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

#define ASSERT_OK(expression)                                     \
  do {                                                            \
    const auto& assert_ok_ = (expression);                        \
    ASSERT_TRUE(assert_ok_.ok()) << assert_ok_.error().message(); \
  } while (0)
