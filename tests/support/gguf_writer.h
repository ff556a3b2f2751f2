// Writes small GGUF files for tests:
//   GgufWriter w;
//   w.set("general.architecture", "qwen3moe");
//   w.add("x.weight", Type::kF32, {2, 4}, bytes);
//   w.write(path);
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "tensor/type.h"

namespace tug {

class GgufWriter {
 public:
  explicit GgufWriter(uint32_t version = 3) : version_(version) {}

  void set(std::string_view key, std::string_view text) {
    begin_pair(key, kText);
    append_text(pairs_, text);
  }
  void set(std::string_view key, const char* text) { set(key, std::string_view(text)); }
  /// Any value type, with the value as the file has it.
  void set_raw(std::string_view key, uint32_t type, std::string_view value) {
    begin_pair(key, type);
    pairs_ += value;
  }

  /// The stored type is T's: uint32_t, float, bool, ...
  template <class T>
  requires std::is_arithmetic_v<T>
  void set(std::string_view key, T value) {
    begin_pair(key, value_type<T>());
    append(pairs_, value);
    if (key == "general.alignment" && value > 0) alignment_ = static_cast<size_t>(value);
  }
  template <class T>
  void set(std::string_view key, const std::vector<T>& values) {
    begin_pair(key, kArray);
    append(pairs_, value_type<T>());
    append(pairs_, static_cast<uint64_t>(values.size()));
    for (const T& value : values) {
      if constexpr (std::is_arithmetic_v<T>) append(pairs_, value);
      else append_text(pairs_, value);
    }
  }

  /// `shape` is outermost first, as in Shape; `bytes` are the encoded rows.
  void add(std::string_view name, Type type, const std::vector<int64_t>& shape, ByteView bytes) {
    add(name, static_cast<uint32_t>(type), shape, bytes);
  }
  void add(std::string_view name, uint32_t type_id, const std::vector<int64_t>& shape, ByteView bytes) {
    pad(data_);
    append_text(tensors_, name);
    append(tensors_, static_cast<uint32_t>(shape.size()));
    for (size_t i = shape.size(); i-- > 0;) append(tensors_, shape[i]);
    append(tensors_, type_id);
    append(tensors_, static_cast<uint64_t>(data_.size()));
    data_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    ++tensor_count_;
  }

  /// The file up to its padding and data.
  std::string header() const {
    std::string file = "GGUF";
    append(file, version_);
    append(file, tensor_count_);
    append(file, pair_count_);
    return file + pairs_ + tensors_;
  }
  std::string bytes() const {
    std::string file = header();
    pad(file);
    return file + data_;
  }
  void write(const std::string& path) const { std::ofstream(path, std::ios::binary) << bytes(); }

 private:
  static constexpr uint32_t kText = 8;
  static constexpr uint32_t kArray = 9;

  template <class T>
  static constexpr uint32_t value_type() {
    if constexpr (std::is_same_v<T, bool>) return 7;
    else if constexpr (std::is_same_v<T, float>) return 6;
    else if constexpr (std::is_same_v<T, double>) return 12;
    else if constexpr (!std::is_arithmetic_v<T>) return kText;
    else if constexpr (sizeof(T) == 8) return std::is_signed_v<T> ? 11 : 10;
    else return (sizeof(T) == 1 ? 0 : sizeof(T)) + (std::is_signed_v<T> ? 1 : 0);  // ids 0 to 5
  }

  template <class T>
  static void append(std::string& to, T value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
  static void append_text(std::string& to, std::string_view text) {
    append(to, static_cast<uint64_t>(text.size()));
    to.append(text);
  }
  void begin_pair(std::string_view key, uint32_t type) {
    append_text(pairs_, key);
    append(pairs_, type);
    ++pair_count_;
  }
  void pad(std::string& text) const { text.resize((text.size() + alignment_ - 1) / alignment_ * alignment_); }

  uint32_t version_;
  uint64_t tensor_count_ = 0;
  uint64_t pair_count_ = 0;
  size_t alignment_ = 32;
  std::string pairs_, tensors_, data_;
};

}  // namespace tug
