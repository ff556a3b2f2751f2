// A matrix in memory: row-major, the rows `stride` elements apart.
#pragma once

#include <cstdint>

namespace tug {

template <class T>
struct View {
  T* data = nullptr;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t stride = 0;

  View() = default;
  View(T* first, int64_t row_count, int64_t col_count) : View(first, row_count, col_count, col_count) {}
  View(T* first, int64_t row_count, int64_t col_count, int64_t row_stride)
      : data(first), rows(row_count), cols(col_count), stride(row_stride) {}
  operator View<const T>() const { return {data, rows, cols, stride}; }

  T* operator[](int64_t row) const { return data + row * stride; }
  View head(int64_t count) const { return {data, count, cols, stride}; }
};

}  // namespace tug
