// Token embeddings, looked up where they are stored: one small read per token.
#pragma once

#include <vector>

#include "files/checkpoint.h"
#include "plan/plan.h"

namespace tug {

class Embedding {
 public:
  static Result<Embedding> open(const Checkpoint& checkpoint, const Matrix& table);

  /// to [H] = row `token`. Errors: kInvalidArgument outside the vocabulary; kIo; kCorrupt.
  Status look_up(int32_t token, float* to);

 private:
  Embedding(File file, const Matrix& table) : file_(std::move(file)), table_(table) {}
  File file_;
  Matrix table_;
  std::vector<std::byte> row_;
  std::vector<float> scales_;  // block scales of F8_E4M3
};

}  // namespace tug
