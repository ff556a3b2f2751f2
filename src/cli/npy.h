// NumPy's .npy: one float32 matrix, written row by row.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cli/files.h"

namespace tug {

class NpyWriter {
 public:
  /// Claims the name only; so a bad one is known before anything is computed. Errors: those of
  /// NewFile::create.
  static Result<NpyWriter> create(const std::string& path);

  /// The header of [rows, columns] float32, little-endian, C order.
  Status begin(int64_t rows, int64_t columns);
  Status write_row(std::span<const float> row);
  /// The file appears. All rows must have been written.
  Status commit();

 private:
  explicit NpyWriter(NewFile file) : file_(std::move(file)) {}

  NewFile file_;
  int64_t rows_left_ = 0, columns_ = 0;
};

}  // namespace tug
