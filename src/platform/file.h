// The one place that reads files. Reads are positioned, bounded and thread-safe; nothing is mapped, so a file
// that shrinks under us is an error and not a signal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tugboat/result.h"

namespace tug {

/// A read-only file on disk, or bytes in memory that look like one. Cheap to copy.
class File {
 public:
  /// Errors: kNotFound, kIo (also for directories and devices), each with the path.
  static Result<File> open(const std::string& path);
  /// `bytes` must outlive the File.
  static File from_memory(std::string name, ByteView bytes);

  const std::string& name() const;
  int64_t size() const;

  /// Fills `to` from `offset`. Errors: kCorrupt when the file is shorter than that, kIo.
  Status read(int64_t offset, MutableByteView to) const;

  /// Lets the system start to read what read() will ask for; many such ranges are read at once.
  void expect(int64_t offset, int64_t size) const;

  /// As read(), past the page cache where the file system allows: for weights, which are read once.
  /// `offset`, the size and the address of `to` must be multiples of kDirectAlignment, but for a range
  /// that ends at or beyond the end of the file: the part beyond is left as it is.
  Status read_direct(int64_t offset, MutableByteView to) const;

 private:
  struct Source;
  explicit File(std::shared_ptr<const Source> source) : source_(std::move(source)) {}
  std::shared_ptr<const Source> source_;
};

inline constexpr int64_t kDirectAlignment = 4096;

bool file_exists(const std::string& path);
bool is_directory(const std::string& path);

}  // namespace tug
