#include "files/tensor_table.h"

#include <algorithm>

#include "base/printable.h"
#include "base/units.h"

namespace tug {
namespace {

// What a string and a map node take on the heap beside the text itself.
constexpr int64_t kAllocationBytes = 16;
constexpr int64_t kMapNodeBytes = 128;

int64_t text_bytes(std::string_view text) { return static_cast<int64_t>(text.size()) + kAllocationBytes; }

Error twice(std::string_view name) {
  return Error(ErrorCode::kCorrupt,
               "The tensor " + printable(name) + " is there twice; each name must be unique.");
}

}  // namespace

Result<int64_t> tensor_bytes(Type type, const Shape& shape) {
  int64_t rows = 1;
  for (int i = 0; i + 1 < shape.rank; ++i) {
    if (!checked_multiply(rows, shape[i], &rows)) {
      return Error(ErrorCode::kCorrupt, "The shape " + shape.text() + " does not fit into 64 bits.");
    }
  }
  const int64_t cols = shape.rank > 0 ? shape[shape.rank - 1] : 1;
  int64_t elements = 0;
  int64_t bytes = 0;
  if (!checked_multiply(rows, cols, &elements)) {
    return Error(ErrorCode::kCorrupt, "The shape " + shape.text() + " does not fit into 64 bits.");
  }
  const std::optional<int64_t> row = row_bytes(type, cols);
  if (!row) {
    const TypeInfo& info = type_info(type);
    return Error(ErrorCode::kCorrupt, "A row has " + std::to_string(cols) + " elements, but type " +
                                          std::string(info.name) + " stores blocks of " +
                                          std::to_string(info.block_elements) + ".");
  }
  if (!checked_multiply(rows, *row, &bytes)) {
    return Error(ErrorCode::kCorrupt, "The size of shape " + shape.text() + " does not fit into 64 bits.");
  }
  return bytes;
}

Status MemoryBudget::take(int64_t count, int64_t bytes) {
  int64_t total = 0;
  if (!checked_multiply(count, bytes, &total) || total > left_) {
    return Error(ErrorCode::kUnsupported,
                 "The headers describe more tensors or metadata than Tugboat is willing to hold in memory (" +
                     format_size(MemoryBudget().left_) + ").");
  }
  left_ -= total;
  return {};
}

void TensorTable::reserve(int64_t count) {
  constexpr int64_t kCountMax = int64_t{1} << 20;  // beyond that the budget ends first
  if (tensors_.capacity() > 0) return;
  tensors_.reserve(static_cast<size_t>(std::clamp<int64_t>(count, 0, kCountMax)));
}

Status TensorTable::add(std::string_view name, Type type, const Shape& shape, const Extent& bytes) {
  TUG_TRY(budget_.take(1, static_cast<int64_t>(sizeof(Tensor)) + text_bytes(name)));
  tensors_.push_back({std::string(name), type, shape, bytes});
  return {};
}

Status TensorTable::add_unreadable(std::string_view name, std::string_view dtype) {
  TUG_TRY(budget_.take(1, kMapNodeBytes + text_bytes(name) + text_bytes(dtype)));
  if (unreadable_.emplace(name, dtype).second) return {};
  return twice(name);
}

Status TensorTable::finish() {
  std::sort(tensors_.begin(), tensors_.end(),
            [](const Tensor& a, const Tensor& b) { return a.name < b.name; });
  const auto twin = std::adjacent_find(tensors_.begin(), tensors_.end(),
                                       [](const Tensor& a, const Tensor& b) { return a.name == b.name; });
  if (twin != tensors_.end()) return twice(twin->name);
  for (const auto& [name, dtype] : unreadable_) {
    if (find(name) != nullptr) return twice(name);
  }
  return {};
}

const Tensor* TensorTable::find(std::string_view name) const { return find_tensor(tensors_, name); }

const Tensor* find_tensor(const std::vector<Tensor>& sorted, std::string_view name) {
  const auto found =
      std::lower_bound(sorted.begin(), sorted.end(), name,
                       [](const Tensor& tensor, std::string_view key) { return tensor.name < key; });
  return found != sorted.end() && found->name == name ? &*found : nullptr;
}

}  // namespace tug
