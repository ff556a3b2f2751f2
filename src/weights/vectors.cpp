#include "weights/vectors.h"

#include "base/check.h"
#include "plan/walk.h"
#include "weights/matrix_reader.h"

namespace tug {
namespace {

Result<std::vector<float>> read_vector(const Checkpoint& checkpoint, const Vector& vector) {
  const TypeInfo& info = type_info(vector.type);
  std::vector<std::byte> raw(static_cast<size_t>(vector.bytes.size));
  TUG_TRY(checkpoint.read(vector.bytes, raw));
  if (!all_finite(vector.type, raw)) return non_finite(checkpoint, vector.bytes);
  std::vector<float> values(static_cast<size_t>(vector.size));
  info.decode(raw.data(), vector.size / info.block_elements, values.data());
  return values;
}

}  // namespace

Result<Vectors> Vectors::load(const Checkpoint& checkpoint, const Plan& plan) {
  Vectors all;
  Status status;
  for_each_vector(plan, [&](const Vector& vector) {
    if (!status.ok()) return;
    TUG_CHECK(vector.id == static_cast<int32_t>(all.vectors_.size()));
    auto values = read_vector(checkpoint, vector);
    if (values.ok()) all.vectors_.push_back(std::move(values).value());
    else status = std::move(values).error();
  });
  TUG_TRY(std::move(status));
  return all;
}

}  // namespace tug
