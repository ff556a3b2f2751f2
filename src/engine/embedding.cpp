#include "engine/embedding.h"

#include "plan/stored_rows.h"
#include "weights/matrix_reader.h"

namespace tug {

Result<Embedding> Embedding::open(const Checkpoint& checkpoint, const Matrix& table, bool read_ahead) {
  Embedding embedding(checkpoint.files()[static_cast<size_t>(table.bytes.file)], table);
  // A token's first use would wait for the disk; what was read ahead may be dropped when memory is short.
  if (read_ahead) embedding.file_.expect(table.bytes.offset, table.bytes.size);
  embedding.row_.resize(static_cast<size_t>(stored_row_bytes(table)));
  if (table.block_scales.size > 0) {
    const TypeInfo& info = type_info(table.scales_type);
    std::vector<std::byte> raw(static_cast<size_t>(table.block_scales.size));
    TUG_TRY(checkpoint.read(table.block_scales, raw));
    if (!all_finite(table.scales_type, raw)) return non_finite(checkpoint, table.block_scales);
    embedding.scales_.resize(raw.size() / static_cast<size_t>(info.block_bytes));
    info.decode(raw.data(), static_cast<int64_t>(embedding.scales_.size()), embedding.scales_.data());
  }
  return embedding;
}

void Embedding::expect(int32_t token) const {
  if (token >= 0 && token < table_.rows) file_.expect(row_offset(token), static_cast<int64_t>(row_.size()));
}

Status Embedding::look_up(int32_t token, float* to) {
  if (token < 0 || token >= table_.rows) {
    return Error(ErrorCode::kInvalidArgument, "Token " + std::to_string(token) +
                                                  " is not in the vocabulary of " +
                                                  std::to_string(table_.rows) + " ids.");
  }
  TUG_TRY(file_.read(row_offset(token), row_));
  if (!all_finite(table_.type, row_)) return non_finite("the embedding of token " + std::to_string(token));
  const int64_t across = scale_blocks(table_.cols);
  const float* scales = scales_.empty() ? nullptr : scales_.data() + token / kScaleBlock * across;
  decode_row(table_, row_.data(), scales, to);
  return {};
}

}  // namespace tug
