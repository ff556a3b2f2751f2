// Reads forward through a header at the start of a file, of which nobody knows the end yet.
#pragma once

#include <memory>
#include <type_traits>

#include "platform/file.h"

namespace tug {

/// Reads no more of the file than about twice what was asked for. The bytes never move.
class HeaderWindow {
 public:
  static constexpr int64_t kBytesMax = int64_t{64} << 20;

  explicit HeaderWindow(const File& file);

  int64_t position() const { return position_; }
  /// Bytes of the file behind the position.
  int64_t remaining() const { return file_.size() - position_; }

  /// Errors: kCorrupt when the file ends before that, kUnsupported when the header grows past kBytesMax, kIo.
  Result<ByteView> take(uint64_t count);

  template <class T>
  Result<T> read() {
    return load<T>(TUG_TRY(take(sizeof(T))).data());
  }

  /// Whether `count` things of at least `bytes_each` can still come, so that room may be made for them.
  /// Errors: kCorrupt.
  Status expect(uint64_t count, int64_t bytes_each, const char* what) const;

  /// What the views of take() point into.
  std::shared_ptr<const std::byte[]> bytes() const { return buffer_; }

 private:
  Status fill(int64_t end);

  File file_;
  std::shared_ptr<std::byte[]> buffer_;
  int64_t filled_ = 0;
  int64_t position_ = 0;
};

}  // namespace tug
