// The tensors of a checkpoint, looked up by name and expected shape. Every use is remembered; what is
// missing, misshaped or left over is noted as a problem. A failed look-up returns an empty thing: the plan is
// then discarded.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/checkpoint.h"
#include "models/problems.h"
#include "plan/plan.h"

namespace tug {

/// A tensor's two names, below a prefix. An empty name: that format does not have it.
struct Name {
  std::string_view hf, gguf;
};

Shape shape_of(std::initializer_list<int64_t> dims);

/// A stored matrix, or a stack of them, with what its values are multiplied by.
struct Stack {
  const Tensor* tensor = nullptr;  // null: not found
  int64_t count = 1, rows = 0, cols = 0;
  const Tensor* block_scales = nullptr;  // F8_E4M3
  std::vector<float> scales;             // NVFP4: one for all, or one for each; else empty

  /// Rows of one matrix of the stack.
  Matrix matrix(int64_t index, RowRange rows) const;
  Matrix matrix(int64_t index = 0) const { return matrix(index, {0, rows}); }
  /// Rows of the (only) matrix, put together.
  Matrix gather(std::vector<RowRange> ranges) const;
};

class Tensors {
 public:
  Tensors(const Checkpoint& checkpoint, Problems& problems);

  bool gguf() const { return checkpoint_->format() == CheckpointFormat::kGguf; }
  int64_t count() const { return static_cast<int64_t>(used_.size()); }
  Problems& problems() const { return *problems_; }
  /// Hugging Face: what stands before "layers.0", e.g. "model.language_model.".
  const std::string& trunk() const { return trunk_; }
  /// Hugging Face: what stands before "fc.weight" of the MTP module; empty when there is none.
  const std::string& mtp() const { return mtp_; }

  const Tensor* find(std::string_view name) const { return checkpoint_->find(name); }
  std::string_view unreadable_dtype(std::string_view name) const {
    return checkpoint_->unreadable_dtype(name);
  }
  /// Finds a tensor and marks it as used.
  const Tensor* use(std::string_view name);
  bool has_any(std::string_view prefix) const;
  Result<std::vector<float>> read(const Tensor& tensor) const { return checkpoint_->read_floats(tensor); }

  /// Notes every tensor that nobody used and that is not known to be harmless.
  void note_unused();

 private:
  const Checkpoint* checkpoint_;
  Problems* problems_;
  std::vector<bool> used_;  // in the order of Checkpoint::tensors()
  std::string trunk_, mtp_;
};

/// The tensors below a prefix: those of a layer, or of the whole model.
class Scope {
 public:
  Scope(Tensors& tensors, std::string prefix) : tensors_(&tensors), prefix_(std::move(prefix)) {}

  Problems& problems() const { return tensors_->problems(); }
  std::string full(Name name) const;
  bool has(Name name) const;
  /// A stored tensor's last dimension; none when it is absent or odd.
  std::optional<int64_t> last_dimension(Name name) const;
  /// For a tensor that is known and not needed.
  void ignore(Name name) const;

  /// [rows, cols], or with count > 0 [count, rows, cols]; leading ones may be left out.
  Stack stack(Name name, int64_t rows, int64_t cols, int64_t count = 0) const;
  Matrix matrix(Name name, int64_t rows, int64_t cols) const { return stack(name, rows, cols).matrix(); }
  Linear linear(Name name, int64_t rows, int64_t cols) const { return {matrix(name, rows, cols), {}}; }
  /// Any of the shapes.
  Vector vector(Name name, std::initializer_list<Shape> shapes) const;
  Vector vector(Name name, int64_t size) const { return vector(name, {shape_of({size})}); }

 private:
  const Tensor* expect(const std::string& name, std::initializer_list<Shape> shapes) const;
  void find_block_scales(const std::string& name, int64_t count, Stack& stack) const;
  void find_scales(const std::string& name, Stack& stack) const;

  Tensors* tensors_;
  std::string prefix_;
};

/// A decoder layer.
struct Layer : Scope {
  int64_t index = 0;
};

/// Elements [first, first + count) of a vector.
Vector slice(const Vector& vector, int64_t first, int64_t count);

}  // namespace tug
