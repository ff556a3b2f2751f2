// Token embeddings, looked up where they are stored: one small read per token.
#pragma once

#include <vector>

#include "files/checkpoint.h"
#include "plan/plan.h"

namespace tug {

class Embedding {
 public:
  /// read_ahead: all of it into the page cache.
  static Result<Embedding> open(const Checkpoint& checkpoint, const Matrix& table, bool read_ahead);

  /// Announces rows that will be looked up.
  void expect(int32_t token) const;
  /// to [H] = row `token`. Errors: kInvalidArgument outside the vocabulary; kIo; kCorrupt.
  Status look_up(int32_t token, float* to);

 private:
  int64_t row_offset(int32_t token) const {
    return table_.bytes.offset + token * static_cast<int64_t>(row_.size());
  }
  Embedding(File file, const Matrix& table) : file_(std::move(file)), table_(table) {}
  File file_;
  Matrix table_;
  std::vector<std::byte> row_;
  std::vector<float> scales_;  // block scales of F8_E4M3
};

}  // namespace tug
