#include "models/tensors.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.h"
#include "plan/stored_rows.h"

namespace tug {
namespace {

using Kind = Problems::Kind;

constexpr std::array<std::string_view, 3> kTrunks = {"model.", "model.language_model.",
                                                     "language_model.model."};
constexpr std::array<std::string_view, 4> kMtps = {"mtp.", "model.mtp.", "model.language_model.mtp.",
                                                   "language_model.mtp."};

// Vision and audio towers stand beside the language model; text does not need them.
constexpr std::array<std::string_view, 4> kTowers = {"model.visual.", "visual.", "v.", "mm."};
// Constants that are computed, and scales of activations, keys and values, which stay float here.
constexpr std::array<std::string_view, 13> kHarmless = {
    "rotary_emb.inv_freq", "rope_freqs.weight", ".input_scale",    ".input_scale_inv", ".activation_scale",
    ".act_scale",          ".output_scale",     ".q_scale",        ".k_scale",         ".v_scale",
    ".kv_scale",           ".prob_scale",       ".kv_cache_scale",
};

constexpr std::string_view kWeight = ".weight";

std::string_view without_weight(std::string_view name) {
  if (name.ends_with(kWeight)) name.remove_suffix(kWeight.size());
  return name;
}

bool is_harmless(std::string_view name) {
  auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
  auto ends = [&](std::string_view suffix) { return name.ends_with(suffix); };
  return std::any_of(kTowers.begin(), kTowers.end(), begins) ||
         std::any_of(kHarmless.begin(), kHarmless.end(), ends);
}

/// The shape without leading ones: [1, H] is [H].
Shape squeezed(const Shape& shape) {
  Shape result;
  for (int i = 0; i < shape.rank; ++i) {
    if (result.rank == 0 && shape[i] == 1 && i + 1 < shape.rank) continue;
    result.dims[static_cast<size_t>(result.rank++)] = shape[i];
  }
  return result;
}

Extent part_of(const Extent& whole, int64_t index, int64_t size) {
  return {whole.file, whole.offset + index * size, size};
}

void append_merged(std::vector<RowRange>& ranges, RowRange next) {
  if (!ranges.empty() && ranges.back().first + ranges.back().count == next.first) {
    ranges.back().count += next.count;
  } else {
    ranges.push_back(next);
  }
}

std::string described(const Tensor& tensor) {
  return std::string(type_info(tensor.type).name) + " " + tensor.shape.text();
}

}  // namespace

Shape shape_of(std::initializer_list<int64_t> dims) {
  Shape shape;
  for (const int64_t dim : dims) shape.dims[static_cast<size_t>(shape.rank++)] = dim;
  return shape;
}

Matrix Stack::matrix(int64_t index, RowRange wanted) const {
  Matrix matrix;
  matrix.rows = wanted.count, matrix.cols = cols;
  if (!tensor) return matrix;
  matrix.type = tensor->type;
  if (!scales.empty()) matrix.scale = scales[scales.size() == 1 ? 0 : static_cast<size_t>(index)];
  matrix.bytes = part_of(tensor->bytes, index, tensor->bytes.size / count);
  if (block_scales) {
    matrix.scales_type = block_scales->type;
    matrix.block_scales = part_of(block_scales->bytes, index, block_scales->bytes.size / count);
    // The scales index rows of the stored matrix, so it has to stay whole.
    if (wanted.first != 0 || wanted.count != rows) matrix.source_rows = {wanted};
    return matrix;
  }
  const int64_t row_size = matrix.bytes.size / rows;
  matrix.bytes.offset += wanted.first * row_size;
  matrix.bytes.size = wanted.count * row_size;
  return matrix;
}

Matrix Stack::gather(std::vector<RowRange> ranges) const {
  Matrix whole = matrix();
  std::vector<RowRange> merged;
  int64_t total = 0;
  for (const RowRange& range : ranges) append_merged(merged, range), total += range.count;
  if (merged.size() == 1) return matrix(0, merged[0]);
  whole.rows = total;
  whole.source_rows = std::move(merged);
  return whole;
}

Tensors::Tensors(const Checkpoint& checkpoint, Problems& problems)
    : checkpoint_(&checkpoint), problems_(&problems), used_(checkpoint.tensors().size()), trunk_(kTrunks[0]) {
  for (std::string_view prefix : kTrunks) {
    if (has_any(std::string(prefix) + "layers.")) trunk_ = prefix;
  }
  for (std::string_view prefix : kMtps) {
    if (has_any(prefix)) mtp_ = prefix;
  }
}

bool Tensors::has_any(std::string_view prefix) const {
  const std::vector<Tensor>& tensors = checkpoint_->tensors();
  const auto first =
      std::lower_bound(tensors.begin(), tensors.end(), prefix,
                       [](const Tensor& tensor, std::string_view name) { return tensor.name < name; });
  return first != tensors.end() && first->name.starts_with(prefix);
}

const Tensor* Tensors::use(std::string_view name) {
  const Tensor* tensor = find(name);
  if (tensor) used_[static_cast<size_t>(tensor - checkpoint_->tensors().data())] = true;
  return tensor;
}

void Tensors::note_unused() {
  const std::vector<Tensor>& tensors = checkpoint_->tensors();
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (used_[i] || is_harmless(tensors[i].name)) continue;
    problems_->add(Kind::kUnexpected, tensors[i].name + " " + described(tensors[i]));
  }
}

std::string Scope::full(Name name) const {
  return prefix_ + std::string(tensors_->gguf() ? name.gguf : name.hf);
}

bool Scope::has(Name name) const {
  const std::string_view own = tensors_->gguf() ? name.gguf : name.hf;
  return !own.empty() && tensors_->find(full(name)) != nullptr;
}

std::optional<int64_t> Scope::last_dimension(Name name) const {
  constexpr int64_t kPlausible = int64_t{1} << 24;
  const Tensor* tensor = has(name) ? tensors_->find(full(name)) : nullptr;
  if (!tensor || tensor->shape.rank == 0) return std::nullopt;
  const int64_t size = tensor->shape[tensor->shape.rank - 1];
  return size >= 1 && size <= kPlausible ? std::optional(size) : std::nullopt;
}

void Scope::ignore(Name name) const {
  if (has(name)) tensors_->use(full(name));
}

const Tensor* Scope::expect(const std::string& name, std::initializer_list<Shape> shapes) const {
  const Shape& first = *shapes.begin();
  const Tensor* tensor = tensors_->use(name);
  if (!tensor) {
    const std::string_view dtype = tensors_->unreadable_dtype(name);
    if (dtype.empty()) {
      problems().add(Kind::kMissing, name + " " + first.text());
    } else {
      problems().add(Kind::kMisshaped,
                     name + " is of type " + std::string(dtype) + ", which is not supported");
    }
    return nullptr;
  }
  for (const Shape& shape : shapes) {
    if (squeezed(shape) == squeezed(tensor->shape)) return tensor;
  }
  problems().add(Kind::kMisshaped, name + " is " + tensor->shape.text() + ", expected " + first.text());
  return nullptr;
}

Stack Scope::stack(Name name, int64_t rows, int64_t cols, int64_t count) const {
  Stack stack;
  stack.count = std::max<int64_t>(count, 1), stack.rows = rows, stack.cols = cols;
  const std::string full_name = full(name);
  stack.tensor = expect(full_name, {count > 0 ? shape_of({count, rows, cols}) : shape_of({rows, cols})});
  if (!stack.tensor) return stack;
  if (stack.tensor->type == Type::kF8_E4M3) find_block_scales(full_name, count, stack);
  if (tensors_->gguf()) find_scales(full_name, stack);
  return stack;
}

void Scope::find_block_scales(const std::string& name, int64_t count, Stack& stack) const {
  std::string scales = name + "_scale_inv";
  if (!tensors_->find(scales) && tensors_->find(name + ".weight_scale_inv"))
    scales = name + ".weight_scale_inv";
  const int64_t rows = scale_blocks(stack.rows), cols = scale_blocks(stack.cols);
  stack.block_scales = expect(scales, {count > 0 ? shape_of({count, rows, cols}) : shape_of({rows, cols})});
  if (!stack.block_scales) return;
  const Type type = stack.block_scales->type;
  if (type == Type::kF32 || type == Type::kBF16 || type == Type::kF16) return;
  problems().add(Kind::kMisshaped,
                 scales + " is " + described(*stack.block_scales) + ", expected F32 or BF16");
}

void Scope::find_scales(const std::string& name, Stack& stack) const {
  const std::string scale_name = std::string(without_weight(name)) + ".scale";
  if (!tensors_->find(scale_name)) return;
  const Tensor* tensor = expect(scale_name, {shape_of({1}), shape_of({stack.count})});
  if (!tensor) return;
  Result<std::vector<float>> values = tensors_->read(*tensor);
  if (!values.ok()) return problems().add(Kind::kSetting, values.error().message());
  stack.scales = std::move(*values);
  if (std::all_of(stack.scales.begin(), stack.scales.end(), [](float x) { return std::isfinite(x); })) return;
  problems().add(Kind::kSetting, scale_name + " has a value that is not a finite number.");
}

Vector Scope::vector(Name name, std::initializer_list<Shape> shapes) const {
  const Tensor* tensor = expect(full(name), shapes);
  if (!tensor) return {};
  if (tensor->type == Type::kF8_E4M3) {
    problems().add(Kind::kMisshaped,
                   full(name) + " is " + described(*tensor) + ", expected F32, F16 or BF16");
    return {};
  }
  return {tensor->type, tensor->shape.elements(), tensor->bytes, -1};
}

Vector slice(const Vector& vector, int64_t first, int64_t count) {
  if (vector.size == 0) return {};
  TUG_CHECK(first >= 0 && count >= 0 && first + count <= vector.size);
  const int64_t size = vector.bytes.size / vector.size;
  return {vector.type, count, {vector.bytes.file, vector.bytes.offset + first * size, count * size}, -1};
}

}  // namespace tug
