// Small files that people name: read whole within a limit, written whole or not at all.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tugboat/result.h"

namespace tug {

/// The text of a file, or of standard input for "-", without a byte order mark. Errors: kNotFound, kIo;
/// kInvalidArgument beyond `bytes_max`.
Result<std::string> read_input(const std::string& path, int64_t bytes_max);

/// One line of standard input without its end, LF or CR LF; nothing at the end of the input.
/// Errors: kIo; kInvalidArgument for a line over `bytes_max`.
Result<std::optional<std::string>> read_line(int64_t bytes_max);

/// A file that is read piece by piece.
class InputFile {
 public:
  /// Errors: kNotFound, kIo; kInvalidArgument for a directory.
  static Result<InputFile> open(const std::string& path);
  /// Fills in the next bytes, all of them. Errors: kIo; kCorrupt when the file ends before.
  Status read(std::span<std::byte> to);
  bool at_end();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  InputFile(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

/// A file that appears under its name when it is complete: until commit() it has another one beside it.
class NewFile {
 public:
  /// Errors: kIo; kInvalidArgument when the name is taken by something that is no ordinary file.
  static Result<NewFile> create(const std::string& path);
  NewFile(NewFile&&) = default;
  NewFile& operator=(NewFile&&) = default;
  /// Removes what was not committed.
  ~NewFile();

  Status write(std::span<const std::byte> bytes);
  Status write(std::string_view text);
  /// Zeros up to this size, without blocks on the disk where the file system can.
  Status extend(int64_t bytes);
  Status commit();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  NewFile(std::string path, std::string part, std::FILE* file)
      : path_(std::move(path)), part_(std::move(part)), file_(file) {}
  Error failure(const std::string& what) const;

  std::string path_, part_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace tug
