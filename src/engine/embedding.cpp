#include "engine/embedding.h"

namespace tug {
namespace {

Error non_finite(int32_t token) {
  return Error(ErrorCode::kCorrupt, "The file is broken: the embedding of token " + std::to_string(token) +
                                        " holds a number that is infinite or not a number.");
}

}  // namespace

Result<Embedding> Embedding::open(const Checkpoint& checkpoint, const Matrix& table) {
  Embedding embedding(checkpoint.files()[static_cast<size_t>(table.bytes.file)], table);
  embedding.row_.resize(static_cast<size_t>(*row_bytes(table.type, table.cols)));
  if (table.block_scales.size > 0) {
    const TypeInfo& info = type_info(table.scales_type);
    std::vector<std::byte> raw(static_cast<size_t>(table.block_scales.size));
    TUG_TRY(checkpoint.read(table.block_scales, raw));
    if (!all_finite(table.scales_type, raw)) {
      return Error(ErrorCode::kCorrupt, "A block scale of the embedding is infinite or not a number.");
    }
    embedding.scales_.resize(raw.size() / static_cast<size_t>(info.block_bytes));
    info.decode(raw.data(), static_cast<int64_t>(embedding.scales_.size()), embedding.scales_.data());
  }
  return embedding;
}

Status Embedding::look_up(int32_t token, float* to) {
  if (token < 0 || token >= table_.rows) {
    return Error(ErrorCode::kInvalidArgument, "Token " + std::to_string(token) +
                                                  " is not in the vocabulary of " +
                                                  std::to_string(table_.rows) + " ids.");
  }
  TUG_TRY(file_.read(table_.bytes.offset + token * static_cast<int64_t>(row_.size()), row_));
  if (!all_finite(table_.type, row_)) return non_finite(token);
  const TypeInfo& info = type_info(table_.type);
  info.decode(row_.data(), table_.cols / info.block_elements, to);
  const int64_t across = (table_.cols + kScaleBlock - 1) / kScaleBlock;
  for (int64_t i = 0; i < table_.cols; ++i) {
    to[i] *= table_.scale;
    if (!scales_.empty())
      to[i] *= scales_[static_cast<size_t>(token / kScaleBlock * across + i / kScaleBlock)];
  }
  return {};
}

}  // namespace tug
