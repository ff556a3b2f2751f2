// Small models in memory for the tests of this folder, and what must hold for whatever opens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "files/checkpoint.h"
#include "support/expect.h"
#include "support/gguf_writer.h"
#include "support/safetensors_writer.h"

namespace tug {

inline Result<Checkpoint> open_gguf_bytes(std::string_view bytes) {
  return Checkpoint::from_memory("test", {{"model.gguf", as_bytes(bytes)}});
}

inline Result<Checkpoint> open_safetensors_bytes(std::string_view bytes) {
  return Checkpoint::from_memory("test",
                                 {{"config.json", as_bytes("{}")}, {"model.safetensors", as_bytes(bytes)}});
}

/// The message of what must not open.
inline std::string error_of(const Result<Checkpoint>& result) {
  EXPECT_FALSE(result.ok());
  return result.ok() ? "it opened" : result.error().message();
}

#define EXPECT_ERROR(result, part) EXPECT_PRED2(mentions, error_of(result), std::string(part))
inline bool mentions(const std::string& message, const std::string& part) {
  return message.find(part) != std::string::npos;
}

inline std::string floats_as_bytes(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

/// The guarantees of Checkpoint's description.
inline void expect_guarantees(const Checkpoint& checkpoint) {
  const std::string* previous = nullptr;
  for (const Tensor& tensor : checkpoint.tensors()) {
    ASSERT_TRUE(previous == nullptr || *previous < tensor.name);
    previous = &tensor.name;
    const File& file = checkpoint.files().at(static_cast<size_t>(tensor.bytes.file));
    ASSERT_GE(tensor.bytes.offset, 0);
    ASSERT_GE(tensor.bytes.size, 0);
    ASSERT_LE(tensor.bytes.size, file.size() - tensor.bytes.offset);
    const TypeInfo& info = type_info(tensor.type);
    const int64_t cols = tensor.shape.rank > 0 ? tensor.shape[tensor.shape.rank - 1] : 1;
    ASSERT_EQ(cols % info.block_elements, 0);
    ASSERT_EQ(tensor.bytes.size, tensor.shape.elements() / info.block_elements * info.block_bytes);
    ASSERT_EQ(checkpoint.find(tensor.name), &tensor);
    EXPECT_OK(checkpoint.read_floats(tensor));
  }
}

}  // namespace tug
