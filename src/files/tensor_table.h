// Where the readers put what they find in headers: the tensors, within a fixed amount of memory.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "files/checkpoint.h"

namespace tug {

/// Bytes that a tensor of that type and shape takes, row after row.
/// Errors: kCorrupt for negative sizes, sizes that overflow and rows that end inside a block.
Result<int64_t> tensor_bytes(Type type, const Shape& shape);

/// Counts the memory that a checkpoint's headers may make us take, so that a hostile one cannot take all.
class MemoryBudget {
 public:
  /// Errors: kUnsupported when the budget does not allow `count` times `bytes` more.
  Status take(int64_t count, int64_t bytes);

 private:
  // The 286,000 tensors of Qwen3.8-2.4T-A95B-FP8 need 60 MiB.
  int64_t left_ = int64_t{96} << 20;
};

class TensorTable {
 public:
  MemoryBudget& budget() { return budget_; }

  /// Makes room for `count` tensors at once. Only the first estimate counts; the table grows beyond it.
  void reserve(int64_t count);

  /// Errors: kUnsupported when the table outgrows its budget.
  Status add(std::string_view name, Type type, const Shape& shape, const Extent& bytes);

  /// A tensor whose element type Tugboat cannot read: an error only for a model that needs it.
  Status add_unreadable(std::string_view name, std::string_view dtype);

  /// Sorts by name. Errors: kCorrupt when two tensors have one name.
  Status finish();

  const Tensor* find(std::string_view name) const;  // after finish()
  int64_t size() const { return static_cast<int64_t>(tensors_.size()); }
  std::vector<Tensor>& tensors() { return tensors_; }
  bool has_unreadable(std::string_view name) const { return unreadable_.contains(name); }
  std::map<std::string, std::string, std::less<>>& unreadable() { return unreadable_; }

 private:
  MemoryBudget budget_;
  std::vector<Tensor> tensors_;
  std::map<std::string, std::string, std::less<>> unreadable_;
};

/// Binary search in tensors that are sorted by name; null when it is not there.
const Tensor* find_tensor(const std::vector<Tensor>& sorted, std::string_view name);

}  // namespace tug
