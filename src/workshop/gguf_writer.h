// Writes the header of a GGUF file, version 3 (its picture: files/gguf_reader.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "tensor/type.h"

namespace tug {

struct GgufTensor {
  std::string name;
  std::vector<int64_t> dims;  // innermost first
  Type type = Type::kF32;

  int64_t elements() const;
  int64_t bytes() const;  // as stored, without padding
};

class GgufHeader {
 public:
  void add(std::string_view key, uint32_t value);
  void add(std::string_view key, float value);
  void add(std::string_view key, bool value);
  void add(std::string_view key, std::string_view value);
  void add(std::string_view key, const std::vector<std::string>& values);
  void add(std::string_view key, const std::vector<int32_t>& values);

  /// The header with its padding. The data of each tensor follows in order, each padded to kAlignment.
  std::vector<std::byte> take(const std::vector<GgufTensor>& tensors);

  static constexpr int64_t kAlignment = 32;
  /// Bytes up to the next multiple of kAlignment.
  static int64_t padding(int64_t bytes) { return (kAlignment - bytes % kAlignment) % kAlignment; }

 private:
  void begin(std::string_view key, uint32_t type);

  ByteWriter pairs_;
  uint64_t count_ = 0;
};

}  // namespace tug
