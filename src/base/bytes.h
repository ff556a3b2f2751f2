// Views of raw bytes, and a reader that never leaves its bounds. All integers are little-endian.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tugboat/result.h"

namespace tug {

using ByteView = std::span<const std::byte>;
using MutableByteView = std::span<std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// An unaligned little-endian load.
template <class T>
T load(const void* from) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

/// `a * b`, or nothing when it does not fit into a non-negative int64.
inline bool checked_multiply(int64_t a, int64_t b, int64_t* product) {
  return a >= 0 && b >= 0 && !__builtin_mul_overflow(a, b, product);
}
inline bool checked_add(int64_t a, int64_t b, int64_t* sum) {
  return a >= 0 && b >= 0 && !__builtin_add_overflow(a, b, sum);
}

/// Reads forward through bytes from outside. Errors: kCorrupt when the bytes end too early.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  size_t position() const { return position_; }
  size_t remaining() const { return bytes_.size() - position_; }

  Result<ByteView> take(uint64_t count) {
    if (count > remaining()) {
      return Error(ErrorCode::kCorrupt, "The data ends too early: " + std::to_string(count) +
                                            " bytes were expected at offset " + std::to_string(position_) +
                                            ", " + std::to_string(remaining()) + " are there.");
    }
    ByteView view = bytes_.subspan(position_, count);
    position_ += count;
    return view;
  }

  template <class T>
  Result<T> read() {
    return load<T>(TUG_TRY(take(sizeof(T))).data());
  }

 private:
  ByteView bytes_;
  size_t position_ = 0;
};

/// Appends to a growing byte string; the mirror of ByteReader.
class ByteWriter {
 public:
  template <class T>
  void write(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    append(&value, sizeof(T));
  }
  void append(const void* data, size_t size) {
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace tug
